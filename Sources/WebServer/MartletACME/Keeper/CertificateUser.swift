package import MartletGateway

/// Whoever encrypts with certificates: the server.
package protocol CertificateUser: Sendable {
    /// Takes a certificate into use for the site with these names, and keeps it for one that comes.
    func use(_ certificate: CertificatePair, for names: [HostName]) throws
    /// Shows a proof of a name to whoever asks for one by ALPN; nil ends that.
    func prove(_ name: String, with proof: CertificatePair?) throws
}
