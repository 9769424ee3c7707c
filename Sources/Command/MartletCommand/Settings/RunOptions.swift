import ArgumentParser
import Logging
import MartletServer
import MartletWSGI

/// The flags of `martlet run` besides the limits: a line each, the rest is in ``Settings``.
struct RunOptions: ParsableArguments {
    @Option(ifGiven: Settings.bind) var bind: [BindAddress]
    @Option(Settings.socketMode) var socketMode: UInt32
    @Option(Settings.socketOwner) var socketOwner: SocketOwner?
    @Option(Settings.workers) var workers: Int
    @Option(Settings.threads) var threads: Int
    @Option(Settings.python) var python: String?
    @Option(Settings.directory) var directory: String?
    @Option(Settings.environment) var environment: [[String: String]]
    @Option(Settings.user) var user: String?
    @Option(Settings.startTimeout) var startTimeout: Duration?
    @Option(Settings.requestTimeout) var requestTimeout: Duration?
    @Option(Settings.queueTimeout) var queueTimeout: Duration?
    @Option(Settings.slowRequest) var slowRequest: Duration?
    @Option(Settings.maximumRequests) var maximumRequests: Int?
    @Option(Settings.maximumLifetime) var maximumLifetime: Duration?
    @Option(Settings.maximumMemory) var maximumMemory: Int?
    @Flag(Settings.preload) var preload: Bool
    @Flag(Settings.reload) var reload: Bool
    @Flag(Settings.allowUnderscores) var allowUnderscores: Bool
    @Option(Settings.logLevel) var logLevel: Logger.Level
    @Option(Settings.accessLog) var accessLog: AccessLogTarget
    @Option(Settings.accessLogFormat) var accessLogFormat: AccessLogFormat
    @Option(Settings.trustedProxies) var trustedProxies: [[TrustedProxy]]
    @Option(Settings.forwardedFields) var forwardedFields: ForwardedFields
    @Option(Settings.grace) var grace: Duration

    func validate() throws {
        var seen: Set<BindAddress> = []
        for address in bind where !address.isAnyPort && !seen.insert(address).inserted {
            throw ValidationError("--bind \(address) is given twice")
        }
        if trustedProxies.count > 1, trustedProxies.contains([]) {
            throw ValidationError("--trusted-proxy none stands alone: leave it out, or the others")
        }
    }

    func pool(of application: String) -> PythonConfiguration {
        var pool = Settings.pool
        pool.application = application
        pool.python = python
        pool.directory = directory
        pool.workers = workers
        pool.threads = threads
        pool.environment = environment.reduce(into: [:]) { all, one in all.merge(one) { $1 } }
        pool.user = user
        pool.startTimeout = startTimeout
        pool.requestTimeout = requestTimeout
        pool.queueTimeout = queueTimeout
        pool.slowRequest = slowRequest
        pool.maximumRequests = maximumRequests
        pool.maximumLifetime = maximumLifetime
        pool.maximumMemory = maximumMemory
        pool.preload = preload
        pool.reloadsOnChange = reload
        pool.allowsUnderscores = allowUnderscores
        return pool
    }
}

extension BindAddress {
    /// Whether the system chooses the port, so that the same address may be asked for again.
    var isAnyPort: Bool {
        if case .tcp(_, 0) = self { true } else { false }
    }
}
