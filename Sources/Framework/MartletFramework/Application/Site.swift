internal import HTTPTypes
internal import MartletGateway

/// An app as it was when registration ended: immutable, and what answers requests.
final class Site: Sendable {
    let router: Router<Endpoint>
    let hooks: ErrorHooks
    let environment: App.Environment
    /// Patterns by name.
    let names: [String: RoutePattern]
    /// Everything that was registered, for people.
    let table: [String]
    let error: RegistrationError?
    /// The middleware of the app around the router; nil where there is none.
    private let chain: (any Application)?

    init(_ contents: Registry.Contents, environment: App.Environment?) {
        let builder = SiteBuilder(contents)
        let (read, fault) = environment.map { ($0, nil) } ?? App.Environment.read()
        let faults = (fault.map { [$0] } ?? []) + builder.faults
        router = builder.router
        hooks = contents.hooks
        names = builder.names
        table = builder.table
        self.environment = read
        error = faults.isEmpty ? nil : RegistrationError(faults: faults)
        let dispatch = Dispatch(router: router, hooks: hooks, environment: read)
        self.dispatch = dispatch
        chain = contents.middleware.isEmpty ? nil : contents.middleware.wrapping(dispatch)
    }

    private let dispatch: Dispatch

    func respond(to request: Request) async throws -> Response {
        guard let chain else { return try await dispatch.respond(to: request) }
        do {
            return try await chain.respond(to: request)
        } catch {
            return try await dispatch.answer(to: error, request)
        }
    }
}
