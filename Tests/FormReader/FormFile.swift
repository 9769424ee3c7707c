/// A form as the corpus has it: `Content-Type: …`, CRLF, an empty line, and the body.
package struct FormFile: Sendable {
    package let contentType: String?
    package let body: ArraySlice<UInt8>

    package init(_ bytes: [UInt8]) {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        let value = line.split(separator: ":", maxSplits: 1).dropFirst().first.map(String.init)
        contentType = value.map { String($0.drop { $0 == " " }.prefix { $0 != "\r" && $0 != "\r\n" }) }
        body = bytes[end...].dropFirst(3)
    }
}
