import MartletBytes
package import MartletGateway
package import NIOCore

/// The head that an application writes itself on an upgraded connection, in the words of HTTP/1.1: here it becomes a status
/// and fields (RFC 8441 section 5).
package struct TunnelHead: Sendable {
    package enum Outcome: Sendable {
        case needsMore
        /// What the client is to be told: 200 in place of 101. The rest of the bytes belongs to the tunnel, or to the body of
        /// an answer that refuses it.
        case complete(status: Int, Headers, rest: ByteBuffer)
        case malformed
    }

    /// Longer than any handshake.
    private static let largest = 16_384

    private var text: [UInt8] = []

    package init() {}

    package mutating func take(_ bytes: ByteBuffer) -> Outcome {
        // The end may begin in what was there before.
        let from = max(0, text.count - 3)
        text.append(contentsOf: bytes.readableBytesView)
        guard let end = Self.end(text[from...]) else { return text.count > Self.largest ? .malformed : .needsMore }
        var lines = text[..<(end - 2)].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }[...]
        let parts = lines.popFirst()?.split(separator: UInt8(ascii: " "), maxSplits: 2) ?? []
        guard parts.count >= 2, parts[0].starts(with: "HTTP/1.".utf8), let status = DecimalText.value(of: parts[1]),
            status == 101 || (200...599).contains(status)
        else { return .malformed }
        var headers = Headers()
        for line in lines where !line.isEmpty {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return .malformed }
            // The proof that a server of HTTP/1.1 has understood; here it is the status.
            if ASCIICase.equals(line[..<colon], "sec-websocket-accept") { continue }
            headers.append(
                String(decoding: line[..<colon], as: UTF8.self),
                String(decoding: FieldSyntax.trimmed(line[(colon + 1)...]), as: UTF8.self)
            )
        }
        guard headers.fault == nil else { return .malformed }
        return .complete(status: status == 101 ? 200 : status, headers, rest: ByteBuffer(bytes: text[end...]))
    }

    /// Where the empty line that ends a head ends.
    private static func end(_ text: ArraySlice<UInt8>) -> Int? {
        var index = text.startIndex
        while index + 3 < text.endIndex {
            if text[index..<(index + 4)].elementsEqual([13, 10, 13, 10]) { return index + 4 }
            index += 1
        }
        return nil
    }
}
