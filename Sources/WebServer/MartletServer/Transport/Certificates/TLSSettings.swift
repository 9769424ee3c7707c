package import MartletGateway

/// What a server encrypts with: a certificate for each site.
public struct TLSSettings: Sendable, Hashable {
    /// The one without names is for every name that no other has; where there is none, the first is.
    package var sites: [TLSSite] = []

    public init() {}

    /// One certificate for every name.
    ///
    /// - Parameters:
    ///   - certificate: the path of the certificate and of those that vouch for it, in PEM.
    ///   - key: the path of its private key, in PEM.
    public init(certificate: String, key: String) {
        sites = [TLSSite(certificate: certificate, key: key)]
    }

    package init(sites: [TLSSite]) { self.sites = sites }
}

/// How one site encrypts.
package struct TLSSite: Sendable, Hashable {
    /// Empty for the site of every other name.
    package var names: [HostName] = []
    /// The paths of certificate and key; nil where they are put in at run time.
    package var certificate: String?
    package var key: String?
    /// The path of the certificates whose owners vouch for clients; nil where clients need none.
    package var clientAuthority: String?
    package var clientCertificates = ClientCertificateMode.required
    package var profile = TLSProfile.intermediate

    package init(names: [HostName] = [], certificate: String? = nil, key: String? = nil) {
        self.names = names
        self.certificate = certificate
        self.key = key
    }

    /// Whether clients are asked for a certificate.
    package var verifiesClients: Bool { clientAuthority != nil }

    /// Whether nobody gets in without one.
    package var requiresClients: Bool { verifiesClients && clientCertificates == .required }

    /// For people: its first name.
    package var title: String? { names.first.map { "\($0)" } }
}

/// What is asked of clients where they have to identify themselves.
package enum ClientCertificateMode: String, Sendable, Hashable, CaseIterable {
    /// Without a certificate there is no connection.
    case required
    /// A client may have one, which is verified; the application decides.
    case optional
}

/// Which versions and ciphers are spoken: Mozilla's recommendations (Server Side TLS 5.8).
package enum TLSProfile: String, Sendable, Hashable, CaseIterable {
    /// TLS 1.2 and 1.3: every client since 2014.
    case intermediate
    /// TLS 1.3 alone: every client since 2019.
    case modern
}
