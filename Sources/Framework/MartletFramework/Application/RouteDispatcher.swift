internal import HTTPTypes
internal import MartletGateway

/// The core of an app: finds the handler, calls it, and answers redirects, unknown routes and errors.
final class RouteDispatcher: DirectApplication {
    let router: HostRouter<Endpoint>
    /// Of what nothing matches.
    let place: Endpoint.Place
    private var surroundings: Endpoint.Surroundings { place.surroundings }
    let answers: ErrorAnswers
    let crossOrigin: CrossOriginRule
    let pages: Pages?

    init(
        router: HostRouter<Endpoint>,
        surroundings: Endpoint.Surroundings,
        answers: ErrorAnswers,
        crossOrigin: CrossOriginRule,
        pages: Pages?
    ) {
        self.router = router
        place = Endpoint.Place(surroundings, pattern: nil)
        self.answers = answers
        self.crossOrigin = crossOrigin
        self.pages = pages
    }

    func begin(_ request: Request, for exchange: any Exchange) {
        dispatch(prepared(request), to: exchange)
    }

    private func dispatch(_ request: Request, to exchange: any Exchange) {
        let match = router.match(request)
        let request = placed(request, match)
        if case .mounted(let endpoint, let length) = match, endpoint.surroundings.isBare, !answers.explains,
            crossOrigin.refusal(of: request) == nil,
            case .application(let application) = endpoint.target
        {
            return application.begin(request.mounted(length: length), for: exchange)
        }
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
        let match = router.match(request)
        let request = placed(prepared(request), match)
        request.storage[FoundRoute.Key.self]?.note(request)
        return try await respond(to: request, match)
    }

    /// The request with what answers it.
    private func placed(_ request: Request, _ match: HostRouter<Endpoint>.Outcome) -> Request {
        var request = request
        switch match {
        case .found(let endpoint, _), .mounted(let endpoint, _): request.storage.place = endpoint.place
        case .redirect, .wrongMethod, .notFound: request.storage.place = place
        }
        return request
    }

    /// The request with what pages are made with.
    func prepared(_ request: Request) -> Request {
        guard pages != nil || answers.explains else { return request }
        var request = request
        if let pages { request.storage[Pages.Key.self] = pages }
        if answers.explains { request.storage[FormNames.Key.self] = FormNames() }
        return request
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
        case .mounted(let endpoint, _):
            surroundings = endpoint.surroundings
            if let refusal = crossOrigin.refusal(of: request) {
                return try await answer(to: refusal, request, in: surroundings)
            }
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
        case .redirect(let path): return answers.redirect(to: path, request)
        case .wrongMethod(let allowed):
            return try await answers.wrongMethod(allowed, request, in: surroundings.errors)
        case .notFound: return try await notFound(request)
        }
    }

    private func notFound(_ request: Request) async throws -> Response {
        try await answers.notFound(request, in: surroundings.errors)
    }

    /// - Throws: the error itself, if it is for the server to answer.
    func answer(
        to error: any Error,
        _ request: Request,
        in surroundings: Endpoint.Surroundings
    ) async throws -> Response {
        if let response = try await surroundings.errors.answer(to: error, request) { return response }
        return try await answers.answer(to: error, request, in: surroundings.errors)
    }
}
