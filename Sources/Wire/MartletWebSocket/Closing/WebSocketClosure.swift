internal import NIOCore

/// How a WebSocket ended: what was in the Close frame (RFC 6455 section 5.5.1).
public struct WebSocketClosure: Sendable, Hashable {
    public let code: WebSocketCloseCode
    /// For a developer rather than for a person; at most 123 bytes in UTF-8.
    public let reason: String

    /// - Parameter reason: what does not fit into a frame is cut off.
    public init(_ code: WebSocketCloseCode, _ reason: String = "") {
        self.code = code
        self.reason = Self.cut(reason)
    }

    /// A control frame has 125 bytes (section 5.5), and two of them are the code.
    private static let longestReason = 123

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > longestReason else { return text }
        var kept = ""
        for character in text.unicodeScalars {
            guard kept.utf8.count + UTF8.width(character) <= longestReason else { break }
            kept.unicodeScalars.append(character)
        }
        return kept
    }

    /// The content of the frame. A code that nobody may send is left out.
    var payload: ByteBuffer {
        guard code.isSendable else { return ByteBuffer() }
        var payload = ByteBuffer(integer: code.rawValue)
        payload.writeString(reason)
        return payload
    }

    init(payload: ByteBuffer) throws(WebSocketFault) {
        var payload = payload
        guard payload.readableBytes > 0 else {
            (code, reason) = (.none, "")
            return
        }
        guard let number = payload.readInteger(as: UInt16.self) else { throw .malformedClose }
        code = WebSocketCloseCode(rawValue: number)
        guard code.isSendable else { throw .invalidCloseCode(number) }
        guard let text = String(validating: payload.readableBytesView, as: UTF8.self) else { throw .invalidText }
        reason = text
    }
}
