public import MartletGateway
import UnixSignals

extension Server {
    /// Serves until the process is told to end: the first TERM or INT stops gracefully, the second one at once. USR1 opens the
    /// access log anew, as with nginx; HUP calls `onHangUp`, which may reload the application.
    ///
    /// - Parameters:
    ///   - onReady: says that it serves; called when signals are heard, so that whoever is told may send one.
    ///   - onStop: hears that the server was told to stop.
    ///   - onSecondSignal: what else is to be ended at once.
    ///   - afterwards: what is to be ended when no request is left, within what is left of the grace; signals are heard until it
    ///     returns.
    public func serveUntilSignalled(
        _ application: some Application,
        onReady: () -> Void = {},
        onHangUp: @escaping @Sendable () -> Void = {},
        onStop: @escaping @Sendable () -> Void = {},
        onSecondSignal: @escaping @Sendable () -> Void = {},
        afterwards: (Duration) async -> Void = { _ in }
    ) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigusr1, .sighup)
        onReady()
        let listener = Task { [weak self] in
            var isStopping = false
            for await signal in signals {
                switch signal {
                case .sigusr1: self?.reopenLogs()
                case .sighup: onHangUp()
                case _ where isStopping:
                    self?.closeNow()
                    onSecondSignal()
                default:
                    isStopping = true
                    onStop()
                    self?.beginShutdown()
                }
            }
        }
        defer { listener.cancel() }
        let served: Result<Void, any Error>
        do { served = .success(try await serve(application)) } catch { served = .failure(error) }
        await afterwards(remainingGrace)
        try served.get()
    }
}
