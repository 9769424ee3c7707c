import Crypto

/// The private key that stands for an account at a certificate authority.
struct AccountKey: Sendable {
    private let key: P256.Signing.PrivateKey

    /// A new one.
    init() { key = P256.Signing.PrivateKey() }

    init(pem: String) throws { key = try P256.Signing.PrivateKey(pemRepresentation: pem) }

    var pem: String { key.pemRepresentation }
    var publicKey: WebKey { WebKey(key.publicKey) }

    /// ES256 (RFC 7518 section 3.4).
    func signature(of bytes: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: bytes).rawRepresentation)
    }

    /// What has to be found at a name to prove that it is this account's (RFC 8555 section 8.1).
    func keyAuthorization(of token: String) throws -> String { "\(token).\(try publicKey.thumbprint)" }
}
