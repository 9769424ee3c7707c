internal import HTTPTypes
internal import Logging
internal import MartletBytes
internal import MartletGateway

/// The core of an app: finds the handler, calls it, and answers redirects, unknown routes and errors.
final class RouteDispatcher: DirectApplication {
    let router: HostRouter<Endpoint>
    /// Of what nothing matches.
    let surroundings: Endpoint.Surroundings
    let environment: App.Environment
    let crossOrigin: CrossOriginRule
    let pages: Pages?

    init(
        router: HostRouter<Endpoint>,
        surroundings: Endpoint.Surroundings,
        environment: App.Environment,
        crossOrigin: CrossOriginRule,
        pages: Pages?
    ) {
        self.router = router
        self.surroundings = surroundings
        self.environment = environment
        self.crossOrigin = crossOrigin
        self.pages = pages
    }

    func begin(_ request: Request, for exchange: any Exchange) {
        if pages == nil { dispatch(request, to: exchange) } else { dispatch(prepared(request), to: exchange) }
    }

    private func dispatch(_ request: Request, to exchange: any Exchange) {
        let match = match(request)
        let request = placed(request, match)
        guard case .found(let endpoint, let values) = match, !endpoint.surroundings.hasHooks,
            case .handler(.direct(let handler), let names) = endpoint.target
        else { return exchange.answer { try await self.respond(to: request, match) } }
        do {
            if let refusal = crossOrigin.refusal(of: request) { throw refusal }
            exchange.complete(try handler(request, PathParameters(names: names, values: values)))
        } catch {
            exchange.answer { try await self.answer(to: error, request, in: endpoint.surroundings) }
        }
    }

    func respond(to request: Request) async throws -> Response {
        let match = match(request)
        return try await respond(to: placed(prepared(request), match), match)
    }

    /// The request with what answers it.
    private func placed(_ request: Request, _ match: HostRouter<Endpoint>.Outcome) -> Request {
        var request = request
        switch match {
        case .found(let endpoint, _), .mounted(let endpoint, _): request.storage.place = endpoint.surroundings
        case .redirect, .wrongMethod, .notFound: request.storage.place = surroundings
        }
        return request
    }

    /// The request with what pages are made with.
    func prepared(_ request: Request) -> Request {
        guard let pages else { return request }
        var request = request
        request.storage[Pages.Key.self] = pages
        return request
    }

    private func match(_ request: Request) -> Router<Endpoint>.Outcome {
        withExtendedLifetime(request.head) {
            // The Host field is looked for only where it matters.
            let authority = router.hasHosts ? request.head.authority.map { request.head.slice($0) } : nil
            return router.match(request.method, path: request.pathBytes, authority: authority)
        }
    }

    private func respond(to request: Request, _ match: Router<Endpoint>.Outcome) async throws -> Response {
        var request = request
        var surroundings = surroundings
        var parameters = PathParameters(names: [], values: [])
        switch match {
        case .found(let endpoint, let values):
            surroundings = endpoint.surroundings
            guard case .handler(_, let names) = endpoint.target else { break }
            if let refusal = crossOrigin.refusal(of: request) {
                return try await answer(to: refusal, request, in: surroundings)
            }
            parameters = PathParameters(names: names, values: values)
            // Hooks see them, too.
            if surroundings.hasHooks { request = parameters.stored(in: request) }
        case .mounted(let endpoint, _): surroundings = endpoint.surroundings
        case .redirect, .wrongMethod, .notFound: break
        }
        let body = { (request: Request) async throws -> Response in
            try await self.answer(request, match, parameters, in: surroundings)
        }
        return try await surroundings.hooks.run(request, body) { error, request in
            try await self.answer(to: error, request, in: surroundings)
        }
    }

    private func answer(
        _ request: Request,
        _ match: Router<Endpoint>.Outcome,
        _ parameters: PathParameters,
        in surroundings: Endpoint.Surroundings
    ) async throws -> Response {
        switch match {
        case .found(let endpoint, _):
            guard case .handler(let handler, _) = endpoint.target else { return try await notFound(request) }
            return try await handler(request, parameters)
        case .mounted(let endpoint, let length):
            guard case .application(let application) = endpoint.target else { return try await notFound(request) }
            return try await application.respond(to: request.mounted(length: length))
        case .redirect(let path): return Self.redirect(to: path, request)
        case .wrongMethod(let allowed): return try await wrongMethod(allowed, request)
        case .notFound: return try await notFound(request)
        }
    }

    /// - Throws: the error itself, if no hook was registered for it and it is not a ``ResponseError``.
    func answer(
        to error: any Error,
        _ request: Request,
        in surroundings: Endpoint.Surroundings
    ) async throws -> Response {
        if let response = try await surroundings.errors.answer(to: error, request, environment) { return response }
        guard environment == .development, !(error is CancellationError), !(error is ClientDisconnected) else {
            throw error
        }
        request.logger.error("\(request.method.rawValue) \(SecretNames.defaults.redacted(request.target)): \(error)")
        return .plain(.internalServerError, "\(type(of: error)): \(error)\n\nThis text is shown in development only.\n")
    }

    private func wrongMethod(_ allowed: [HTTPRequest.Method], _ request: Request) async throws -> Response {
        var methods = Set(allowed.map(\.rawValue))
        if methods.contains("GET") { methods.insert("HEAD") }
        methods.insert("OPTIONS")
        let allow = methods.sorted().joined(separator: ", ")
        if request.method == .options { return Response(status: .noContent, headers: Headers([(.allow, allow)])) }
        let reason =
            environment == .development
            ? "\(request.path) does not answer \(request.method.rawValue). It answers \(allow)." : nil
        return try await surroundings.errors.decorate(
            Abort(.methodNotAllowed, reason, headers: Headers([(.allow, allow)])).response,
            request
        )
    }

    private func notFound(_ request: Request) async throws -> Response {
        if request.method == .options, request.target == "*" { return Response(status: .noContent) }
        return try await surroundings.errors.decorate(Abort(.notFound, hint(request)).response, request)
    }

    private func hint(_ request: Request) -> String? {
        guard environment == .development else { return nil }
        let text = "Nothing answers at \(request.path)."
        guard let near = router.common.suggestion(for: request.path) else { return text }
        let methods = near.methods.map(\.rawValue).joined(separator: ", ")
        return text + " Did you mean \(near.path)?" + (methods.isEmpty ? "" : " It answers \(methods).")
    }

    /// 308 keeps method and body (RFC 9110 section 15.4.9).
    private static func redirect(to path: [UInt8], _ request: Request) -> Response {
        var target = Array(request.mountBytes) + path
        if let query = request.head.query { target += [UInt8(ascii: "?")] + request.head.slice(query) }
        var headers = Headers()
        headers.append(.location, URLText.escaping(target))
        return Response(status: .permanentRedirect, headers: headers)
    }
}
