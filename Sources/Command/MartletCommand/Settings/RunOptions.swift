import ArgumentParser
import Logging
import MartletServer

/// The flags of `martlet run` besides the limits: a line each, the rest is in ``Settings``.
struct RunOptions: ParsableArguments {
    @Option(Settings.bind) var bind: [BindAddress]
    @Option(Settings.workers) var workers: Int
    @Option(Settings.threads) var threads: Int
    @Option(Settings.python) var python: String?
    @Option(Settings.directory) var directory: String
    @Option(Settings.logLevel) var logLevel: Logger.Level
    @Option(Settings.accessLog) var accessLog: AccessLogTarget
    @Option(Settings.underscores) var underscores: Bool

    func validate() throws {
        var seen: Set<BindAddress> = []
        for address in bind where !address.isAnyPort && !seen.insert(address).inserted {
            throw ValidationError("--bind \(address) is given twice")
        }
    }
}

extension BindAddress {
    /// Whether the system chooses the port, so that the same address may be asked for again.
    fileprivate var isAnyPort: Bool {
        if case .tcp(_, 0) = self { true } else { false }
    }
}
