public import Logging
internal import ServiceLifecycle
internal import Synchronization

extension App {
    /// Calls the start hooks, does something with the background tasks beside it, ends these, and calls the stop hooks. `run()` serves in
    /// it; a test of what hooks make calls it itself:
    ///
    ///     try await app.withLifetime { try await TestClient(app).get("/").expect(.ok) }
    ///
    /// - Parameters:
    ///   - grace: how long the background tasks have to end by themselves, after which they are cancelled, and then the stop hooks in all.
    ///     30 seconds, as long as Kubernetes waits before it kills.
    ///   - logger: is told of what fails without the app failing.
    /// - Throws: ``StartFailure``; ``RegistrationError``; what `body` throws.
    public func withLifetime<Result: Sendable>(
        grace: Duration = .seconds(30),
        logger: Logger = Logger(label: "martlet"),
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let steps = try current().lifecycle
        let ending = LifetimeEnding(grace: grace, logger: logger)
        var services: [BackgroundService] = []
        for (index, step) in steps.enumerated() {
            switch step {
            case .background(let service): services.append(service.logging(to: logger))
            case .stop: break
            case .start(let location, let hook):
                do { try await hook() } catch {
                    await ending.stop(steps[..<index])
                    throw StartFailure(location: location, cause: error)
                }
            }
        }
        do {
            let result = try await Self.run(body, beside: services, grace, logger)
            await ending.stop(steps[...])
            return result
        } catch {
            await ending.stop(steps[...])
            throw error
        }
    }

    private static func run<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result,
        beside services: [BackgroundService],
        _ grace: Duration,
        _ logger: Logger
    ) async throws -> Result {
        guard !services.isEmpty else { return try await body() }
        let main = MainService(body)
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(service: $0, successTerminationBehavior: .ignore, failureTerminationBehavior: .ignore)
            } + [
                .init(
                    service: main,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            ],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = grace
        do { try await ServiceGroup(configuration: configuration).run() } catch {
            // That of the body is the one to throw, if it has one.
            guard let outcome = main.outcome else { throw error }
            return try outcome.get()
        }
        guard let outcome = main.outcome else { throw CancellationError() }
        return try outcome.get()
    }
}

/// What the background tasks run beside.
private final class MainService<Success: Sendable>: Service {
    private let body: @Sendable () async throws -> Success
    private let state = Mutex<Result<Success, any Error>?>(nil)

    init(_ body: @escaping @Sendable () async throws -> Success) { self.body = body }

    var outcome: Result<Success, any Error>? { state.withLock { $0 } }

    func run() async throws {
        do {
            let result = try await body()
            state.withLock { $0 = .success(result) }
        } catch {
            state.withLock { $0 = .failure(error) }
        }
    }
}

/// Calls the stop hooks, the last one first, and waits for all of them no longer than the grace.
struct LifetimeEnding: Sendable {
    let grace: Duration
    let logger: Logger

    func stop(_ steps: ArraySlice<LifecycleStep>) async {
        let end = ContinuousClock.now + grace
        for case .stop(let location, let hook) in steps.reversed() {
            let logger = logger
            let isDone = await Self.wait(until: end) {
                do { try await hook() } catch { logger.error("The onStop of \(location) failed: \(error)") }
            }
            if !isDone {
                logger.error("The onStop of \(location) is not waited for any longer than the grace of \(grace).")
            }
        }
    }

    /// Whether something ended in time. It is cancelled, and left alone, if not.
    private static func wait(until end: ContinuousClock.Instant, _ body: @escaping @Sendable () async -> Void) async
        -> Bool
    {
        let (ends, ended) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
        let work = Task {
            await body()
            ended.yield(true)
        }
        let clock = Task {
            try? await Task.sleep(until: end)
            ended.yield(false)
        }
        defer {
            work.cancel()
            clock.cancel()
        }
        for await isDone in ends { return isDone }
        return false
    }
}
