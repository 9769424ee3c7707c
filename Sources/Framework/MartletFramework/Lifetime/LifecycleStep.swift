internal import Logging
internal import ServiceLifecycle

/// What an app does when it starts and ends, in order of registration.
enum LifecycleStep: Sendable {
    case start(SourceLocation, @Sendable () async throws -> Void)
    case stop(SourceLocation, @Sendable () async throws -> Void)
    case background(BackgroundService)
}

/// A hook did not let the app start.
public struct StartFailure: Error, CustomStringConvertible {
    let location: SourceLocation
    /// What it threw.
    public let cause: any Error

    public var description: String { "The onStart of \(location) failed: \(cause)" }
}

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

/// How long to wait before something that failed is begun again: 1 s, then twice as long each time, up to 60 s.
struct RestartPause: Sendable {
    var first = Duration.seconds(1)
    var longest = Duration.seconds(60)
    private var last: Duration?

    init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
        self.first = first
        self.longest = longest
    }

    /// - Parameter time: for how long it ran; what ran for as long as the longest pause begins with the first one again.
    mutating func next(ranFor time: Duration) -> Duration {
        let pause = time >= longest ? first : last.map { min($0 * 2, longest) } ?? first
        last = pause
        return pause
    }
}
