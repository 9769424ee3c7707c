import HTTPTypes
import MartletBytes
import MartletGateway
import NIOCore

/// Around the application of a server that encrypts.
///
/// The rules:
///
/// 1. A request for a name that its connection is not for is answered with 421 (RFC 9110 section 15.5.20), before the application
///    sees it: else a client could get past what the name's own site asks of clients.
/// 2. A request over plain HTTP is sent to the encrypted port. Not one over a Unix socket, or one that a trusted proxy has
///    got by https: what is in front encrypts already. And not that of a certificate authority (RFC 8555 section 8.3).
struct SecureSites: DirectApplication {
    private static let challenges = "/.well-known/acme-challenge/"
    private static let misdirected = Response.refusal(
        .misdirectedRequest,
        "This connection was made for another site. Use a new one for this site."
    )

    private let entryPoint: EntryPoint
    /// Nil where plain requests are answered.
    private let port: Int?

    init(_ application: any Application, redirectsTo port: Int?) {
        entryPoint = EntryPoint(application)
        self.port = port
    }

    func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    func begin(_ request: Request, for exchange: any Exchange) {
        if let tls = request.connection.tls {
            guard admits(request, tls) else { return exchange.complete(Self.misdirected) }
        } else if let port, isPlain(request) {
            return exchange.complete(redirect(request, to: port))
        }
        entryPoint.begin(request, for: exchange)
    }

    private func admits(_ request: Request, _ tls: TLSInfo) -> Bool {
        withExtendedLifetime(request.head) {
            tls.coverage.admits(request.head.authority.map { HostName.name(in: request.head.slice($0)) })
        }
    }

    private func isPlain(_ request: Request) -> Bool {
        request.connection.scheme == "http" && request.connection.localAddress?.ipAddress != nil
            && !request.head.slice(request.head.path).starts(with: Self.challenges.utf8)
    }

    private func redirect(_ request: Request, to port: Int) -> Response {
        let head = request.head
        let host = withExtendedLifetime(head) { head.authority.map { Array(HostName.name(in: head.slice($0))) } }
        var place = "https://" + String(decoding: host ?? request.connection.texts.serverName, as: UTF8.self)
        if port != ListenScheme.https.usualPort { place += ":\(port)" }
        let path = head.string(head.path)
        place += path.hasPrefix("/") ? path : "/"
        if let query = head.query { place += "?" + head.string(query) }
        var response = Response.plain(
            .permanentRedirect,
            "308 Permanent Redirect\n\nThis site is encrypted: \(place)\n"
        )
        response.headers[.location] = place
        return response
    }
}
