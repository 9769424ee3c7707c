internal import HTTPTypes
internal import Logging
internal import MartletGateway

/// An app after the end of registration: immutable, and what answers requests.
final class CompiledApp: Sendable {
    let names: RouteNames
    /// In order of registration.
    let lifecycle: [LifecycleStep]
    /// Everything that was registered, for people.
    let routes: [RouteDescription]
    let error: RegistrationError?
    let mounted: [(path: String, application: any MountedApplication)]
    private let dispatcher: RouteDispatcher
    /// The router with the app's middleware around it; nil if there is no middleware.
    private let chain: (any Application)?

    init(_ contents: Registry.Contents, _ site: Site, module: String, environment: App.Environment?) {
        let surroundings = Endpoint.Surroundings(contents.hooks, contents.errors, "", site)
        let builder = AppCompiler(contents, module: module, surroundings)
        let (read, fault) = environment.map { ($0, nil) } ?? App.Environment.read()
        let faults = (fault.map { [$0] } ?? []) + builder.faults
        if faults.isEmpty, let advice = builder.advice { Logger(label: "martlet").warning("\(advice)") }
        names = site.names.store(RouteNames(builder.names, builder.prefixes))
        lifecycle = contents.lifecycle
        mounted = builder.mounted
        routes = builder.routes
        error = faults.isEmpty ? nil : RegistrationError(faults: faults)
        dispatcher = RouteDispatcher(
            router: builder.router,
            surroundings: surroundings,
            answers: ErrorAnswers(environment: read, router: builder.router, routes: builder.routes),
            crossOrigin: contents.crossOrigin,
            pages: contents.templates.map { Pages($0.loader, $0.options, read) }
        )
        chain = contents.middleware.isEmpty ? nil : contents.middleware.wrapping(dispatcher)
    }

    func begin(_ request: Request, for exchange: any Exchange) {
        guard chain == nil else { return exchange.answer { try await self.respond(to: request) } }
        dispatcher.begin(request, for: exchange)
    }

    func respond(to request: Request) async throws -> Response {
        guard let chain else { return try await dispatcher.respond(to: request) }
        // Middleware, and the pages of what it throws, know the app as well.
        var request = dispatcher.prepared(request)
        request.storage.place = dispatcher.place
        if request.storage[FoundRoute.Key.self] == nil {
            request.storage[FoundRoute.Key.self] = FoundRoute(for: request)
        }
        do {
            return try await chain.respond(to: request)
        } catch {
            return try await dispatcher.answer(to: error, request, in: dispatcher.place.surroundings)
        }
    }
}
