public import MartletGateway
import UnixSignals

extension Server {
    /// Serves until the process is told to end: the first TERM or INT stops gracefully, the second one at once. USR1 opens the
    /// access log anew, as with nginx; HUP calls `onHangUp`, which may reload the application.
    public func serveUntilSignalled(
        _ application: some Application,
        onHangUp: @escaping @Sendable () -> Void = {}
    ) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sigusr1, .sighup)
        let listener = Task { [weak self] in
            var isStopping = false
            for await signal in signals {
                if signal == .sigusr1 {
                    self?.reopenLogs()
                } else if signal == .sighup {
                    onHangUp()
                } else if isStopping {
                    self?.closeNow()
                } else {
                    isStopping = true
                    self?.beginShutdown()
                }
            }
        }
        defer { listener.cancel() }
        try await serve(application)
    }
}
