public import MartletGateway

/// A web application.
///
///     let app = App()
///     app.get("/hello") { "Hello World!" }
///     try await app.run()
///
/// Registration ends with the first request or with ``prepare()``, whichever comes first.
public final class App: DirectApplication, Scaffold {
    public let registry = Registry()
    private let chosenEnvironment: Environment?
    let site = Site()
    private let compiled = OnceReference<CompiledApp>()

    /// - Parameter environment: development or production; by default what `MARTLET_ENV` says, else production.
    public init(environment: Environment? = nil) {
        chosenEnvironment = environment
    }

    /// Ends registration and checks everything that was registered.
    ///
    /// - Throws: ``RegistrationError`` with all faults that were found.
    public func prepare() throws {
        _ = try current()
    }

    public func respond(to request: Request) async throws -> Response {
        try await current().respond(to: request)
    }

    package func begin(_ request: Request, for exchange: any Exchange) {
        do { try current().begin(request, for: exchange) } catch { exchange.fail(error) }
    }

    /// The routes and mounts, in the order of registration; those of blueprints last. ``RouteTable`` shows them.
    ///
    /// - Throws: ``RegistrationError``.
    public func routes() throws -> [RouteDescription] {
        try current().routes
    }

    func current() throws -> CompiledApp {
        let app =
            compiled.load() ?? compiled.store(CompiledApp(registry.freeze(), site, environment: chosenEnvironment))
        if let error = app.error { throw error }
        return app
    }
}

/// Faults in what was registered. An app with one of them does not start.
public struct RegistrationError: Error, Equatable, CustomStringConvertible {
    /// One sentence each, with its place in the source.
    public let faults: [String]

    public var description: String { faults.joined(separator: "\n") }
}
