package import HTTPTypes
package import MartletGateway
import NIOCore

/// Answers those who ask whether the server is ready, at a path of every name, before anything else sees the request: load
/// balancers ask by address, without TLS and without a name.
struct HealthCheck: DirectApplication {
    private let path: [UInt8]
    private let readiness: Readiness
    private let entryPoint: EntryPoint

    init(_ application: any Application, at path: String, _ readiness: Readiness) {
        entryPoint = EntryPoint(application)
        self.path = Array(path.utf8)
        self.readiness = readiness
    }

    func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    func begin(_ request: Request, for exchange: any Exchange) {
        let isAsked = withExtendedLifetime(request.head) {
            request.head.path.count == path.count && request.head.slice(request.head.path).elementsEqual(path)
        }
        guard isAsked else { return entryPoint.begin(request, for: exchange) }
        exchange.belongs(to: .health)
        // Whoever may ask is not told the reason: it names applications.
        exchange.complete(readiness.answer(to: request.method, withReason: false))
    }
}

extension Readiness {
    /// 200, or 503 with a hint to ask again.
    package func answer(to method: HTTPRequest.Method, withReason: Bool) -> Response {
        guard method == .get || method == .head else {
            var response = Response.plain(.methodNotAllowed, "405 Method Not Allowed\n")
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        let problem = problem
        var response = Response.plain(
            problem == nil ? .ok : .serviceUnavailable,
            problem.map { withReason ? "not ready: \($0)\n" : "not ready\n" } ?? "ready\n"
        )
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
