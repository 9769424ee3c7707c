public import NIOCore

/// What one side of a WebSocket says to the other (RFC 6455 section 5.6).
public enum WebSocketMessage: Sendable, Hashable {
    case text(String)
    case bytes(ByteBuffer)

    /// The text of a text message; nil for bytes.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The bytes of either: of a text, its UTF-8.
    public var bytes: ByteBuffer {
        switch self {
        case .text(let text): ByteBuffer(string: text)
        case .bytes(let bytes): bytes
        }
    }
}
