import HTTPTypes
import MartletGateway
import MartletServer
import NIOCore

/// Answers with what a server is doing.
struct MonitoringApplication: Application {
    let monitored: MonitoredServer
    private let guardian: LocalGuard

    private let healthPaths: Set<String>
    private let page: StatusPage?

    /// - Parameters:
    ///   - address: where it is served.
    ///   - healthPath: where the server itself says whether it is ready.
    ///   - page: nil where there is none.
    init(_ monitored: MonitoredServer, at address: BindAddress, healthPath: String?, page: StatusPage?) {
        self.page = page
        self.monitored = monitored
        healthPaths = Set(["/healthz", healthPath].compactMap(\.self))
        guardian = LocalGuard(address)
    }

    func respond(to request: Request) async throws -> Response {
        if let refusal = guardian.refusal(of: request) { return refusal }
        if healthPaths.contains(request.path) {
            return monitored.server.readiness.answer(to: request.method, withReason: true)
        }
        guard request.method == .get || request.method == .head else {
            var response = Response.plain(.methodNotAllowed, "405 Method Not Allowed\n")
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        return switch request.path {
        case "/metrics": await metrics(for: request)
        case "/": page?.page() ?? Self.notFound
        case "/status.json": try await page?.report(for: request) ?? Self.notFound
        default: Self.notFound
        }
    }

    private static let notFound = Response.plain(.notFound, "404 Not Found\n\nThere are /metrics and /healthz.\n")

    private func metrics(for request: Request) async -> Response {
        let exposition = Exposition(accept: request.headers[.accept])
        return Response(
            headers: Headers([(.contentType, exposition.contentType), (.cacheControl, "no-store")]),
            body: .bytes(ByteBuffer(string: exposition.render(await monitored.families())))
        )
    }
}
