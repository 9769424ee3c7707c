import Crypto
import FoundationEssentials
import MartletBytes

/// A public key of P-256 as JSON (RFC 7517, RFC 7518 section 6.2.1).
struct WebKey: Codable, Equatable {
    let crv: String
    let kty: String
    let x: String
    let y: String

    init(x: String, y: String) {
        (crv, kty) = ("P-256", "EC")
        (self.x, self.y) = (x, y)
    }

    init(_ key: P256.Signing.PublicKey) {
        let point = key.rawRepresentation
        self.init(x: Base64URL.encode(point.prefix(32)), y: Base64URL.encode(point.suffix(32)))
    }

    /// What stands for the key in answers to challenges (RFC 7638): the hash of its members in the order of their names,
    /// which is the order that ``ACMEJSON`` writes.
    var thumbprint: String {
        get throws { Base64URL.encode(SHA256.hash(data: try ACMEJSON.encode(self))) }
    }
}
