internal import MartletGateway

/// A registered closure in uniform form. One that is not `async` needs no task.
enum Handler: Sendable {
    case direct(@Sendable (Request, PathParameters) throws -> Response)
    case waiting(@Sendable (Request, PathParameters) async throws -> Response)

    func callAsFunction(_ request: Request, _ parameters: PathParameters) async throws -> Response {
        switch self {
        case .direct(let handler): try handler(request, parameters)
        case .waiting(let handler): try await handler(request, parameters)
        }
    }
}

/// The destination of a route, and what runs around it.
struct Endpoint: Sendable {
    enum Target: Sendable {
        case handler(Handler, names: [String])
        case application(EntryPoint)
    }

    let target: Target
    let place: Place
    var surroundings: Surroundings { place.surroundings }
    /// Its place in what ``App/routes()`` lists.
    let number: Int

    /// What a request knows of its destination.
    final class Place: Sendable {
        let surroundings: Surroundings
        /// That of the route, with all prefixes; nil where no route answers.
        let pattern: String?
        var site: Site { surroundings.site }

        init(_ surroundings: Surroundings, pattern: String?) {
            self.surroundings = surroundings
            self.pattern = pattern
        }
    }

    /// Shared by all that is registered at one place.
    final class Surroundings: Sendable {
        let hooks: RequestHooks
        let hasHooks: Bool
        let errors: ErrorHooks
        /// What precedes the names of what is registered there: that of each blueprint, with a dot.
        let blueprint: String
        let site: Site

        init(_ hooks: RequestHooks, _ errors: ErrorHooks, _ blueprint: String, _ site: Site) {
            self.hooks = hooks
            hasHooks = !hooks.isEmpty
            self.errors = errors
            self.blueprint = blueprint
            self.site = site
        }

        /// Whether nothing was registered there that has to see what a mounted application does.
        var isBare: Bool { !hasHooks && errors.isEmpty }

        func inside(_ contents: Registry.Contents, _ name: String) -> Surroundings {
            Surroundings(hooks.around(contents.hooks), errors.after(contents.errors), name, site)
        }
    }
}

/// A handler with the middleware of its blueprints around it.
struct HandlerApplication: Application {
    let handler: Handler

    func respond(to request: Request) async throws -> Response {
        try await handler(request, request.parameters)
    }

    static func wrap(_ handler: Handler, in middleware: [any Middleware]) -> Handler {
        guard !middleware.isEmpty else { return handler }
        let chain = middleware.wrapping(HandlerApplication(handler: handler))
        return .waiting { request, parameters in try await chain.respond(to: parameters.stored(in: request)) }
    }
}

extension Array where Element == any Middleware {
    /// The application with these around it, the first outermost.
    func wrapping(_ application: any Application) -> any Application {
        reversed().reduce(application) { next, layer in
            func wrap(_ next: some Application) -> any Application { next.wrapped(in: layer) }
            return wrap(next)
        }
    }
}
