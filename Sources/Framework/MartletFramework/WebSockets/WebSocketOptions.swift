public import MartletWebSocket

/// How a route speaks WebSocket.
public struct WebSocketOptions: Sendable {
    /// The subprotocols that it knows (RFC 6455 section 1.9). Of those that a client offers, the one that it names first is
    /// chosen.
    public var subprotocols: [String]
    /// How long a message may be: 1 MiB by default.
    public var limits: WebSocketLimits
    /// A client that has said nothing for so long is asked whether it is there; nil never asks. 20 seconds, as in Python's
    /// websockets: proxies let connections go that are silent for a minute.
    public var pingInterval: Duration?
    /// One that does not answer within so long is dropped. 20 seconds, as there.
    public var pongTimeout: Duration
    /// How long a client has to answer a Close frame, and a handler to return when its client has closed. 10 seconds, as there.
    public var closeTimeout: Duration

    public init(
        subprotocols: [String] = [],
        limits: WebSocketLimits = WebSocketLimits(),
        pingInterval: Duration? = .seconds(20),
        pongTimeout: Duration = .seconds(20),
        closeTimeout: Duration = .seconds(10)
    ) {
        self.subprotocols = subprotocols
        self.limits = limits
        self.pingInterval = pingInterval
        self.pongTimeout = pongTimeout
        self.closeTimeout = closeTimeout
    }
}
