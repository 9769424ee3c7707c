internal import HTTPTypes
internal import MartletFramework
public import MartletGateway
internal import NIOCore
public import Tracing

/// A span for each request, on swift-distributed-tracing: with the tracer that the program has bootstrapped, or one that is given.
///
///     InstrumentationSystem.bootstrap(tracer)
///     app.use(TracingMiddleware())
///
/// The rules:
///
/// 1. The span continues the trace of the client (`traceparent`), as the tracer reads it; `--trace-context drop` keeps that out.
/// 2. The handler runs within it: what it calls that is traced, such as AsyncHTTPClient, becomes a part of it.
/// 3. It ends with the answer, and with what is streamed or spoken over a WebSocket when that has ended.
/// 4. Its name and fields are OpenTelemetry's for HTTP servers. The query is left out, since it may have secrets. An error is one of
///    the server: 500 and above, or something that is thrown and is no answer.
public struct TracingMiddleware: Middleware {
    private let given: (any Tracer)?

    /// - Parameter tracer: nil for the one that the program has bootstrapped.
    public init(_ tracer: (any Tracer)? = nil) { given = tracer }

    public func respond(to request: Request, next: any Application) async throws -> Response {
        let tracer = given ?? InstrumentationSystem.tracer
        var context = ServiceContext.current ?? .topLevel
        tracer.extract(request.headers, into: &context, using: FieldExtractor())
        return try await answer(
            request,
            next,
            within: tracer.startSpan(request.spanMethod, context: context, ofKind: .server)
        )
    }

    private func answer(_ request: Request, _ next: any Application, within span: any Span) async throws -> Response {
        span.describe(request)
        do {
            let response = try await ServiceContext.withValue(span.context) { try await next.respond(to: request) }
            span.describe(response.status, of: request)
            return response.ending(span)
        } catch {
            if let response = (error as? any ResponseError)?.response {
                span.describe(response.status, of: request)
            } else {
                span.describe(.internalServerError, of: request)
                span.recordError(error)
            }
            span.end()
            throw error
        }
    }
}

private struct FieldExtractor: Extractor {
    func extract(key: String, from headers: RequestHeaders) -> String? { HTTPField.Name(key).flatMap { headers[$0] } }
}

extension Request {
    /// The method as OpenTelemetry counts it: one of RFC 9110 and RFC 5789, or `_OTHER`.
    fileprivate var spanMethod: String {
        switch method {
        case .get, .head, .post, .put, .delete, .connect, .options, .trace, .patch: method.rawValue
        default: "_OTHER"
        }
    }
}

extension Span {
    fileprivate func describe(_ request: Request) {
        attributes["http.request.method"] = request.spanMethod
        if request.spanMethod == "_OTHER" { attributes["http.request.method_original"] = request.method.rawValue }
        attributes["url.path"] = request.mountPath + request.path
        attributes["url.scheme"] = request.scheme
        attributes["network.protocol.version"] = request.version.description.replacing("HTTP/", with: "")
        if let authority = request.authority { attributes["server.address"] = authority }
        if let address = request.connection.remoteAddress?.ipAddress { attributes["client.address"] = address }
        if let agent = request.headers[.userAgent] { attributes["user_agent.original"] = agent }
    }

    fileprivate func describe(_ status: HTTPResponse.Status, of request: Request) {
        attributes["http.response.status_code"] = status.code
        if let route = request.route.map({ request.mountPath + $0 }) {
            attributes["http.route"] = route
            operationName = "\(request.spanMethod) \(route)"
        }
        guard status.code >= 500 else { return }
        attributes["error.type"] = "\(status.code)"
        setStatus(SpanStatus(code: .error))
    }

    /// Of an answer that fails while it is sent.
    fileprivate func fail(_ error: any Error) {
        recordError(error)
        setStatus(SpanStatus(code: .error))
    }
}

extension Response {
    /// This one, which ends a span when all of it has been said.
    fileprivate func ending(_ span: any Span) -> Response {
        var response = self
        switch body {
        case .empty, .bytes, .file: span.end()
        case .stream(let length, let write):
            response.body = .stream(length: length) { writer in
                try await Self.run(within: span) { try await write(writer) }
            }
        case .upgrade(let take):
            response.body = .upgrade { connection in try await Self.run(within: span) { try await take(connection) } }
        }
        return response
    }

    private static func run(within span: any Span, _ work: () async throws -> Void) async throws {
        defer { span.end() }
        do { try await ServiceContext.withValue(span.context) { try await work() } } catch {
            if !(error is CancellationError || error is ClientDisconnected) { span.fail(error) }
            throw error
        }
    }
}
