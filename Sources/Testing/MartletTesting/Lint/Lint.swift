internal import HTTPTypes
internal import MartletBytes
public import MartletGateway

/// Holds both sides of the interface to its rules: put it around any application, behind any server.
///
///     app.use(Lint())
///
/// What `wsgiref.validate` is to WSGI. A violation that is found before the head is sent makes the answer a 500; one in
/// a streamed body aborts it, so that it cannot be overlooked. With a report, the exchange goes on instead.
public struct Lint: Middleware {
    private let report: (@Sendable (LintViolation) -> Void)?

    /// - Parameter report: gets each violation; nil throws it.
    public init(report: (@Sendable (LintViolation) -> Void)? = nil) {
        self.report = report
    }

    public func respond(to request: Request, next: any Application) async throws -> Response {
        for violation in RequestLint.violations(of: request) { try found(violation) }
        var response: Response
        do {
            response = try await next.respond(to: request)
        } catch let error as any ResponseError {
            for violation in ResponseLint.violations(ofError: error) { try found(violation) }
            throw error
        }
        for violation in ResponseLint.violations(of: response) { try found(violation) }
        if case .stream(let length, let write) = response.body {
            let watch = StreamLint(length: length, hasBody: Self.hasBody(request, response), found: found)
            response.body = .stream(length: length) { writer in try await watch.run(writer, write) }
        }
        return response
    }

    private func found(_ violation: LintViolation) throws {
        guard let report else { throw violation }
        report(violation)
    }

    private static func hasBody(_ request: Request, _ response: Response) -> Bool {
        request.method.rawValue != "HEAD" && ContentRule(status: response.status.code).allowsContent
    }
}
