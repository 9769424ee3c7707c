import HTTPTypes
import MartletGateway

/// Around the sites of a server of which some ask their clients for a certificate.
///
/// What comes without TLS has shown none, whichever way it came: over plain HTTP, over a Unix socket, or through a proxy that has
/// ended the encryption. A proxy's word for the scheme is no certificate, so those sites are answered over TLS of this server alone.
struct ClientDemands: DirectApplication {
    private static let refusal = Response.refusal(
        .misdirectedRequest,
        "This site is answered over TLS alone, to clients that show a certificate."
    )

    private let entryPoint: EntryPoint
    private let certificates: CertificateStore

    private init(_ application: any Application, _ certificates: CertificateStore) {
        entryPoint = EntryPoint(application)
        self.certificates = certificates
    }

    /// An application with these demands. What the server says for itself is no part of a site, so it comes before them.
    static func guarding(
        _ application: any Application,
        _ certificates: CertificateStore,
        _ settings: TLSSettings
    ) -> any Application {
        guard settings.sites.contains(where: \.requiresClients) else { return application }
        guard let front = application as? any FrontApplication else { return Self(application, certificates) }
        return front.before(Self(front.application, certificates))
    }

    func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    func begin(_ request: Request, for exchange: any Exchange) {
        // Over TLS, ``SiteCoverage`` has looked.
        if request.connection.tls == nil, isForGuardedSite(request) { return exchange.complete(Self.refusal) }
        entryPoint.begin(request, for: exchange)
    }

    private func isForGuardedSite(_ request: Request) -> Bool {
        withExtendedLifetime(request.head) {
            let name = request.head.authority.map { HostName.name(in: request.head.slice($0)) }
            return certificates.settings(of: name)?.requiresClients == true
        }
    }
}
