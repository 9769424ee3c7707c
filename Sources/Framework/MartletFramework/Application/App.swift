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
    private let module: String
    private let compiled = OnceReference<CompiledApp>()

    /// - Parameters:
    ///   - environment: development or production; by default what `MARTLET_ENV` says, else production.
    ///   - fileID: the file that makes the app. The decorated routes of its module are the app's.
    public init(environment: Environment? = nil, fileID: StaticString = #fileID) {
        chosenEnvironment = environment
        module = SourceLocation.module(of: "\(fileID)")
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
        let app = compiled.load() ?? compiled.store(compile())
        if let error = app.error { throw error }
        return app
    }

    private func compile() -> CompiledApp {
        CompiledApp(registry.freeze(), site, module: module, environment: chosenEnvironment)
    }
}

/// Faults in what was registered. An app with one of them does not start.
public struct RegistrationError: Error, Equatable, CustomStringConvertible {
    /// One sentence each, with its place in the source.
    public let faults: [String]

    public var description: String { faults.joined(separator: "\n") }
}
