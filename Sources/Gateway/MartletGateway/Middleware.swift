/// A layer around an application: it sees the request before, and the response after.
public protocol Middleware: Sendable {
    func respond(to request: Request, next: any Application) async throws -> Response
}

extension Application {
    /// This application with `middleware` around it.
    public func wrapped(in middleware: some Middleware) -> some Application {
        Wrapped(middleware: middleware, next: self)
    }
}

private struct Wrapped<Layer: Middleware>: Application {
    let middleware: Layer
    let next: any Application

    func respond(to request: Request) async throws -> Response {
        try await middleware.respond(to: request, next: next)
    }
}
