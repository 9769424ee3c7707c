internal import Logging
internal import ServiceLifecycle

/// Something that runs beside the requests. What it throws is logged, and it is begun again after a pause.
struct BackgroundService: Service {
    let name: String
    let body: @Sendable () async throws -> Void
    let logger: Logger?
    /// Turned down in tests.
    var pause = RestartPause()

    func run() async throws {
        var pause = pause
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                return try await body()
            } catch is CancellationError {
                return
            } catch {
                guard !Task.isShuttingDownGracefully, !Task.isCancelled else { return }
                let wait = pause.next(ranFor: ContinuousClock.now - start)
                logger?.error("The background task \"\(name)\" failed and is begun again in \(wait): \(error)")
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
            }
        }
    }

    func logging(to logger: Logger) -> BackgroundService {
        BackgroundService(name: name, body: body, logger: logger, pause: pause)
    }
}
