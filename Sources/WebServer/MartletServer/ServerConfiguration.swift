public import MartletGateway

/// What a ``Server`` is told before it starts.
public struct ServerConfiguration: Sendable {
    public var addresses: [BindAddress]
    /// Threads that handle connections.
    public var eventLoops: Int
    public var limits: Limits
    public var accessLog: AccessLogTarget
    /// How long requests in flight may take after the server was told to stop.
    public var shutdownGrace: Duration
    /// How often deadlines are looked at. Nobody has to set it; tests make it short.
    package var tick: Duration = .seconds(1)

    public init(
        addresses: [BindAddress] = [.tcp(host: "127.0.0.1", port: 8000)],
        eventLoops: Int = Processors.available,
        limits: Limits = Limits(),
        accessLog: AccessLogTarget = .off,
        shutdownGrace: Duration = .seconds(30)
    ) {
        self.addresses = addresses
        self.eventLoops = max(1, eventLoops)
        self.limits = limits
        self.accessLog = accessLog
        self.shutdownGrace = shutdownGrace
    }
}

/// Where the access log goes.
public enum AccessLogTarget: Sendable, Hashable {
    case off
    case standardOutput
    case file(String)
}
