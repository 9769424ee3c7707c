import MartletBytes
import MartletGateway

/// The request line of an invalid head, as far as it has arrived: for the log, and to recognise HEAD.
package struct RequestLineText: Sendable, Equatable {
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - head: the bytes of the head so far.
    ///   - limit: the longest text that is taken.
    /// - Returns: nil if no byte of a line has arrived.
    package init?(_ head: UnsafeRawBufferPointer, upTo limit: Int) {
        func endsLine(_ byte: UInt8) -> Bool { byte == 0x0D || byte == 0x0A }
        let line = head.drop(while: endsLine).prefix(limit).prefix { !endsLine($0) }
        guard !line.isEmpty else { return nil }
        bytes = Array(line)
    }

    package var isHead: Bool { bytes.starts(with: "HEAD ".utf8) }

    /// The text before the first space; nil if it is not a method.
    package var method: ArraySlice<UInt8>? {
        guard let space = bytes.firstIndex(of: 0x20) else { return nil }
        let method = bytes[..<space]
        return !method.isEmpty && method.allSatisfy(FieldSyntax.isToken) ? method : nil
    }

    /// The text after the method, without the version; the whole line if there is no method.
    package var target: ArraySlice<UInt8> {
        guard let method else { return bytes[...] }
        let rest = bytes[(method.endIndex + 1)...]
        guard let space = rest.lastIndex(of: 0x20), rest[(space + 1)...].starts(with: "HTTP/".utf8) else { return rest }
        return rest[..<space]
    }
}
