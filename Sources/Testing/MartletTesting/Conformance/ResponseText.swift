internal import MartletBytes
internal import NIOCore

/// Reads everything that a server sent on one connection as a single HTTP/1.1 response (RFC 9112), strictly: a byte
/// after its end is an error.
enum ResponseText {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    static func parse(_ bytes: ByteBuffer, isHead: Bool) throws(Malformed) -> ConformanceResponse {
        var rest = Array(bytes.readableBytesView)[...]
        let statusLine = try line(&rest)
        let parts = statusLine.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "HTTP/1.1", parts[1].utf8.count == 3, let status = Int(parts[1]) else {
            throw Malformed(description: "The status line is \"\(statusLine)\".")
        }
        var headers: [(name: String, value: String)] = []
        while true {
            let text = try line(&rest)
            if text.isEmpty { break }
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
                throw Malformed(description: "A header line is \"\(text)\".")
            }
            headers.append((String(text[..<colon]), String(text[text.index(after: colon)...].drop { $0 == " " })))
        }
        // Informational responses go before the answer; a 101 is one (RFC 9110 section 15.2).
        if (100..<200).contains(status), status != 101 { return try parse(ByteBuffer(bytes: rest), isHead: isHead) }
        let hasNone = isHead || ContentRule(status: status).endsWithHead
        let (body, isComplete) = try body(&rest, headers, hasNone: hasNone)
        guard rest.isEmpty else { throw Malformed(description: "\(rest.count) bytes follow the end of the answer.") }
        return ConformanceResponse(
            status: status,
            headers: headers,
            body: ByteBuffer(bytes: body),
            isComplete: isComplete
        )
    }

    private static func body(
        _ rest: inout ArraySlice<UInt8>,
        _ headers: [(name: String, value: String)],
        hasNone: Bool
    ) throws(Malformed) -> ([UInt8], isComplete: Bool) {
        func values(_ name: String) -> [String] {
            headers.filter { ASCIICase.equals($0.name.utf8, name.utf8) }.map(\.value)
        }
        if hasNone { return ([], true) }
        let lengths = values("content-length")
        let codings = values("transfer-encoding")
        guard lengths.count + codings.count < 2 else {
            throw Malformed(description: "The answer has lengths \(lengths) and codings \(codings).")
        }
        if let text = lengths.first {
            guard let length = Int(text), length >= 0 else {
                throw Malformed(description: "Content-Length is \"\(text)\".")
            }
            let body = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            return (body, body.count == length)
        }
        guard codings == ["chunked"] else {
            // The end of the connection ends the body, so nobody can tell whether it is complete.
            let body = Array(rest)
            rest = rest.dropFirst(rest.count)
            return (body, true)
        }
        var body: [UInt8] = []
        while true {
            guard !rest.isEmpty else { return (body, false) }
            let size = try line(&rest)
            guard let count = Int(size, radix: 16), count >= 0 else {
                throw Malformed(description: "A chunk size is \"\(size)\".")
            }
            body += rest.prefix(count)
            guard rest.count - 2 >= count else {
                rest = rest.dropFirst(rest.count)
                return (body, false)
            }
            rest = rest.dropFirst(count)
            guard try line(&rest).isEmpty else { throw Malformed(description: "A chunk is longer than its size.") }
            if count == 0 { return (body, true) }
        }
    }

    /// Takes a line with its CR LF.
    private static func line(_ rest: inout ArraySlice<UInt8>) throws(Malformed) -> String {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")), end > rest.startIndex,
            rest[end - 1] == UInt8(ascii: "\r")
        else {
            throw Malformed(
                description:
                    "The answer ends in its head, or a line does not end in CR LF: \"\(String(decoding: rest.prefix(200), as: UTF8.self))\""
            )
        }
        let text = String(decoding: rest[rest.startIndex..<(end - 1)], as: UTF8.self)
        rest = rest[(end + 1)...]
        return text
    }
}
