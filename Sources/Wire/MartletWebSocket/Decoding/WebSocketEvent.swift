public import NIOCore

/// What a ``WebSocketDecoder`` makes of the bytes of a peer.
public enum WebSocketEvent: Sendable, Hashable {
    /// A whole message.
    case message(WebSocketMessage)
    /// To be answered with a pong of the same content.
    case ping(ByteBuffer)
    case pong(ByteBuffer)
    /// To be answered with a Close frame, unless one was sent before. Nothing follows it.
    case close(WebSocketClosure)
}
