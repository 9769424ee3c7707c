package import MartletBytes
public import MartletGateway

/// The configuration of a ``Server``.
public struct ServerConfiguration: Sendable {
    /// Where it listens, and what it speaks there.
    public var addresses: [ListenAddress]
    /// Threads that handle connections.
    public var eventLoops: Int
    public var limits: Limits
    public var accessLog: AccessLogTarget
    public var accessLogFormat: AccessLogFormat
    /// The share of requests that are logged, from 0 to 1; those that end with a status of 500 and above always are.
    public var accessLogSample = 1.0
    /// Query parameters whose values are not logged.
    package var secrets = SecretNames.defaults
    /// What is done about the trace context of requests.
    public var traceContext = TraceContext.pass
    /// Peers that are believed about their client, in X-Forwarded-For and similar fields.
    public var trustedProxies: [TrustedProxy]
    /// Which fields of those peers are believed.
    public var forwardedFields = ForwardedFields.defaults
    /// Peers that must say who their client is in a header of the PROXY protocol; from others it is no request.
    public var proxyProtocolPeers: [TrustedProxy] = []
    /// The certificates of its `https` addresses.
    public var tls = TLSSettings()
    /// Whether clients of a plain `http` address are sent to the `https` one, where there is one.
    public var redirectsToHTTPS = true
    /// What a TCP address is that was said without a scheme; nil for plain HTTP.
    package var usualScheme: ListenScheme?
    /// `user` or `user:group` that a server which root has started goes on as, when it is bound.
    package var user: String?
    /// Who may connect to the Unix sockets that the server makes.
    public var socketPermissions = SocketPermissions()
    /// Who is told what the server is doing.
    package var monitoring = MonitoringConfiguration()
    /// Sockets that the parent process opened, such as systemd. They are served in addition to the addresses.
    public var inheritedSockets: [InheritedSocket] = []
    /// Where load balancers ask whether the server is ready; nil for nowhere.
    public var healthPath: String?
    /// How long it goes on serving after it was told to stop, so that load balancers see that it is not ready any more.
    public var shutdownDelay: Duration = .zero
    /// Sockets of the process whose place this one takes.
    package var handedSockets: [HandedSocket] = []
    /// How long a stop may take in all: requests in flight, and the end of the applications.
    public var shutdownGrace: Duration
    /// Whether the event loops keep running after the server has ended, until the process ends, so that late messages
    /// of workers and timers still find a loop. For programs; a server inside a program that continues gives its
    /// threads back.
    public var keepsEventLoops = false
    /// How often deadlines are checked. Only tests change it.
    package var tick: Duration = .seconds(1)
    /// How often it is looked whether certificates have changed. Only tests change it.
    package var certificateCheck: Duration = .seconds(5)

    public init(
        addresses: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8000)],
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

extension ServerConfiguration {
    /// What an inherited socket speaks: the addresses may say it, else its name or port does.
    package func scheme(of socket: InheritedSocket) -> ListenScheme {
        addresses.first { socket.address.covers($0.address) }?.givenScheme ?? socket.scheme
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
    /// The format of Apache and nginx.
    case combined
    /// One JSON object a line.
    case json
}
