import Synchronization

/// The access log of a reload: the one that there is, or another one, open already.
struct AccessLogChange: Sendable {
    /// Nil where nothing is logged.
    let log: AccessLog?
    /// What it takes the place of; nil where that stays.
    let former: AccessLog?

    /// - Throws: ``AccessLogError``; then nothing has changed.
    init(of server: Server, for wanted: ServerConfiguration) throws {
        let current = server.accessLog.withLock { $0 }
        guard (current?.target ?? .off) != wanted.accessLog else {
            log = current
            former = nil
            return
        }
        log = try AccessLog(wanted.accessLog, logger: server.logger)
        former = current
    }

    /// The next lines go to it. ``finish()`` when every loop knows.
    func begin(in server: Server) { server.accessLog.withLock { $0 = log } }

    /// What was handed over to the former one is written. A pipe that nobody reads is not waited for for long.
    func finish() async { await former?.finish(within: .seconds(1)) }
}
