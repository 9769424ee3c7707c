import Logging
package import MartletACME
package import MartletGateway
package import MartletServer
import MartletSettings

/// The certificates of a running site that are got by themselves.
final class AutomaticCertificates: Sendable {
    private let keeper: CertificateKeeper
    private let listeners: Listeners

    /// What the server listens at, as far as authorities can come that way.
    struct Listeners: Sendable {
        private let addresses: [ListenAddress]

        init(_ addresses: [ListenAddress]) { self.addresses = addresses }

        /// Those of a server that is about to start, with the sockets of the service manager.
        init(_ server: ServerConfiguration) {
            let inherited = server.inheritedSockets.map { ListenAddress($0.address, scheme: server.scheme(of: $0)) }
            self.init(server.addresses + inherited)
        }

        private func listens(_ scheme: ListenScheme, _ port: Int? = nil) -> Bool {
            addresses.contains { $0.scheme == scheme && (port == nil || $0.address.port == port) }
        }

        /// How names can be proved, the best first: a proxy or a content delivery network in front lets plain requests pass. Ports
        /// may be forwarded, so another one than 80 is no proof that nobody comes that way.
        var methods: [ChallengeMethod] {
            if !listens(.http) { return [.tlsALPN01] }
            return listens(.https, 443) && !listens(.http, 80) ? [.tlsALPN01, .http01] : [.http01, .tlsALPN01]
        }
    }

    init(for server: Server, _ settings: ServerConfiguration, logger: Logger) {
        keeper = CertificateKeeper(
            for: server.certificates,
            userAgent: "martlet/\(Version.current)",
            on: server.eventLoops[0],
            logger: logger
        )
        listeners = Listeners(settings)
    }

    /// Before the server takes up the site: then it has something to encrypt with from the first connection on.
    func prepare(_ site: Site) async {
        guard let state = site.acme.state else { return }
        await keeper.prepare(wishes(of: site), site.acme.configuration, state: state)
    }

    /// When the server serves, since authorities come to look.
    func start(_ site: Site) { Task { await keep(site) } }

    /// The same for one that takes the place of another.
    func keep(_ site: Site) async { await keeper.keep(wishes(of: site), site.acme.configuration) }

    /// What is under way is of no use to a server that stops.
    func beginEnding() { Task { await keeper.end() } }

    func end() async { await keeper.end() }

    /// Around the application of a site that has such certificates.
    func answering(_ application: any Application, of site: Site) -> any Application {
        site.hasAutomaticCertificates ? HTTPProofResponder(application, keeper.proofs) : application
    }

    var status: [CertificateStatus] { get async { await keeper.status } }

    private func wishes(of site: Site) -> [CertificateKeeper.Wish] {
        let own = site.acme.configuration.methods
        let methods = own.isEmpty ? listeners.methods : own
        return site.hosts.filter { $0.tls?.isAutomatic == true }
            .map { CertificateKeeper.Wish(names: $0.names, methods: methods) }
    }
}

extension CertificateStore: CertificateUser {
    package func use(_ certificate: CertificatePair, for names: [HostName]) throws {
        try use(chain: certificate.chain, key: certificate.key, for: names)
    }

    package func prove(_ name: String, with proof: CertificatePair?) throws {
        try answerChallenge(for: name, proof.map { ($0.chain, $0.key) })
    }
}
