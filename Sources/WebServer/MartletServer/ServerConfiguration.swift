public import MartletGateway

/// What a ``Server`` is told before it starts.
public struct ServerConfiguration: Sendable {
    public var addresses: [BindAddress]
    /// Threads that handle connections.
    public var eventLoops: Int
    public var limits: Limits
    public var accessLog: AccessLogTarget
    public var accessLogFormat: AccessLogFormat
    /// Peers that are believed when they speak of their client, in X-Forwarded-For and its relatives.
    public var trustedProxies: [TrustedProxy]
    /// What those peers are believed.
    public var forwardedFields = ForwardedFields.defaults
    /// Who may connect to the Unix sockets that the server makes.
    public var socketPermissions = SocketPermissions()
    /// Sockets that were opened by whoever started this process, such as systemd. They are served besides the addresses.
    public var inheritedSockets: [InheritedSocket] = []
    /// How long all of a stop may take: requests in flight, and the end of what answers them.
    public var shutdownGrace: Duration
    /// Whether the event loops run on after the server has ended, until the process ends: whatever workers and timers still have
    /// to say finds a loop that listens. For programs; a server within a program that goes on gives its threads back.
    public var keepsEventLoops = false
    /// How often deadlines are looked at. Nobody has to set it; tests make it short.
    package var tick: Duration = .seconds(1)

    public init(
        addresses: [BindAddress] = [.tcp(host: "127.0.0.1", port: 8000)],
        eventLoops: Int = Processors.available,
        limits: Limits = Limits(),
        accessLog: AccessLogTarget = .off,
        accessLogFormat: AccessLogFormat = .combined,
        trustedProxies: [TrustedProxy] = TrustedProxy.defaults,
        shutdownGrace: Duration = .seconds(30)
    ) {
        self.addresses = addresses
        self.eventLoops = max(1, eventLoops)
        self.limits = limits
        self.accessLog = accessLog
        self.accessLogFormat = accessLogFormat
        self.trustedProxies = trustedProxies
        self.shutdownGrace = shutdownGrace
    }
}

/// Where the access log goes.
public enum AccessLogTarget: Sendable, Hashable {
    case off
    case standardOutput
    case file(String)
}

/// How the access log's lines are written.
public enum AccessLogFormat: String, Sendable, Hashable, CaseIterable {
    /// That of Apache and nginx.
    case combined
    /// One JSON object a line.
    case json
}
