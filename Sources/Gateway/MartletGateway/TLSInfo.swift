internal import MartletBytes

/// How a connection is encrypted.
public final class TLSInfo: Sendable {
    /// The name that the client asked for in the handshake (SNI), in lower case; nil if it did not say.
    public let serverName: String?
    /// `TLSv1.3` or `TLSv1.2`, as OpenSSL writes it.
    public let version: String?
    /// What was agreed on by ALPN, such as `http/1.1`; nil without an agreement.
    public let applicationProtocol: String?
    /// The client's own certificate. One that is here was verified against the authorities of its site.
    public let clientCertificate: ClientCertificate?
    package let coverage: any TLSCoverage

    package init(
        serverName: String?,
        version: String?,
        applicationProtocol: String?,
        clientCertificate: ClientCertificate?,
        coverage: any TLSCoverage
    ) {
        self.serverName = serverName
        self.version = version
        self.applicationProtocol = applicationProtocol
        self.clientCertificate = clientCertificate
        self.coverage = coverage
    }
}

/// A certificate that a client has identified itself with.
public struct ClientCertificate: Sendable {
    /// The distinguished name of its owner, as `CN=alice,O=Example` (RFC 4514), the most specific part first.
    public let subject: String
    /// The names of its subjectAltName: names of hosts and e-mail addresses, and URIs.
    public let names: [String]
    /// Its DER form.
    public let bytes: [UInt8]
    /// Its PEM form.
    package let text: [UInt8]

    package init(subject: String, names: [String], bytes: [UInt8]) {
        self.subject = subject
        self.names = names
        self.bytes = bytes
        text = PEMText.certificate(bytes)
    }
}

/// Which requests may come over a connection, as its certificate and what it has asked of its client go.
package protocol TLSCoverage: Sendable {
    /// - Parameter name: that of the request's authority, without its port; nil if it has none.
    func admits(_ name: UnsafeRawBufferPointer?) -> Bool
    /// Whether what clients are asked has changed since, so that the connection is of no more use.
    var isOutdated: Bool { get }
}
