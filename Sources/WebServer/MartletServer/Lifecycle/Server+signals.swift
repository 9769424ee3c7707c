public import MartletGateway
import UnixSignals

extension Server {
    /// Serves until the process is told to end: the first TERM or INT stops gracefully, the second one at once. USR1 opens the access log
    /// anew, as with nginx; HUP calls `onHangUp`, which may reload the application, or stops where the terminal is gone.
    ///
    /// - Parameters:
    ///   - onReady: called when the server serves and signals are handled, so that those who are told may send one.
    ///   - onStop: called when the server was told to stop.
    ///   - onSecondSignal: called to end everything else at once.
    ///   - afterwards: called when no request is left, with the rest of the grace; signals are handled until it
    ///     returns.
    public func serveUntilSignalled(
        _ application: some Application,
        onReady: () -> Void = {},
        onHangUp: @escaping @Sendable () -> Void = {},
        onStop: @escaping @Sendable () -> Void = {},
        onSecondSignal: @escaping @Sendable () -> Void = {},
        afterwards: (Duration) async -> Void = { _ in }
    ) async throws {
        let terminal = ControllingTerminal.atStart
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigusr1, .sighup)
        onReady()
        let listener = Task { [weak self] in
            var isStopping = false
            for await signal in signals {
                switch signal {
                case .sigusr1: self?.reopenLogs()
                case .sighup where isStopping || !terminal.isGone: if !isStopping { onHangUp() }
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
