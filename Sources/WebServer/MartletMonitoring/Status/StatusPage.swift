import FoundationEssentials
import HTTPTypes
import MartletGateway
import NIOCore

/// The page that people look at, and what it asks for.
struct StatusPage: Sendable {
    let monitored: MonitoredServer
    let history: NumberHistory

    /// The page, with a word that only its own script and style know: nothing else in it can run.
    func page() -> Response {
        var random = SystemRandomNumberGenerator()
        let nonce = String(random.next() as UInt64, radix: 16) + String(random.next() as UInt64, radix: 16)
        let text = String(decoding: PackageResources.status_html, as: UTF8.self).replacing("{nonce}", with: nonce)
        let policy =
            "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return Self.response(Array(text.utf8), "text/html; charset=utf-8", policy: policy)
    }

    func report(for request: Request) async throws -> Response {
        let since = request.query.split(separator: "&").first { $0.hasPrefix("since=") }.flatMap {
            Int64($0.dropFirst(6))
        }
        let report = await monitored.report(history, since: since ?? 0)
        return Self.response(Array(try JSONEncoder().encode(report)), "application/json", policy: "default-src 'none'")
    }

    private static func response(_ body: [UInt8], _ type: String, policy: String) -> Response {
        var headers = Headers([(.contentType, type), (.cacheControl, "no-store"), (.contentSecurityPolicy, policy)])
        headers[.xContentTypeOptions] = "nosniff"
        for (name, value) in [("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin")] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(headers: headers, body: .bytes(ByteBuffer(bytes: body)))
    }
}
