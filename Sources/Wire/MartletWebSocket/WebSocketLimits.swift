/// What a peer may make this side keep.
public struct WebSocketLimits: Sendable, Hashable {
    /// Of one message in bytes, however many frames it comes in; what is longer ends the connection with 1009. 1 MiB, as
    /// `max_size` of Python's websockets.
    public var message: Int

    public init(message: Int = 1 << 20) { self.message = max(0, message) }
}
