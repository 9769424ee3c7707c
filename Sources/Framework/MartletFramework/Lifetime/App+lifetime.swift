public import Logging
internal import ServiceLifecycle

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
