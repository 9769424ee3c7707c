import Crypto
import MartletBytes

/// What is sent to a certificate authority, signed: JWS in its flattened form (RFC 7515 section 7.2.2, RFC 8555 section 6.2).
struct SignedMessage: Encodable, Equatable {
    private let protected: String
    private let payload: String
    private let signature: String

    private struct Header: Encodable {
        let alg: String
        var jwk: WebKey?
        var kid: String?
        var nonce: String?
        let url: String
    }

    private init(
        _ header: Header,
        _ payload: [UInt8],
        _ sign: ([UInt8]) throws -> [UInt8]
    ) throws {
        protected = Base64URL.encode(try ACMEJSON.encode(header))
        self.payload = Base64URL.encode(payload)
        signature = Base64URL.encode(try sign(Self.input(protected, self.payload)))
    }

    /// What is signed (RFC 7515 section 5.1).
    static func input(_ protected: String, _ payload: String) -> [UInt8] { Array("\(protected).\(payload)".utf8) }

    /// - Parameters:
    ///   - account: its URL; nil where there is none yet, and the key itself is sent.
    ///   - payload: empty for a request that only reads (RFC 8555 section 6.3).
    init(_ payload: [UInt8], by key: AccountKey, account: String?, nonce: String, to url: String) throws {
        let header = Header(
            alg: "ES256",
            jwk: account == nil ? key.publicKey : nil,
            kid: account,
            nonce: nonce,
            url: url
        )
        try self.init(header, payload, key.signature)
    }

    /// Binds a new key to an account that a person has at the authority already (RFC 8555 section 7.3.4).
    init(binding key: WebKey, to account: ExternalAccount, at url: String) throws {
        let secret = SymmetricKey(data: account.key)
        try self.init(Header(alg: "HS256", kid: account.id, url: url), try ACMEJSON.encode(key)) { bytes in
            Array(HMAC<SHA256>.authenticationCode(for: bytes, using: secret))
        }
    }
}

/// An account that a person has at an authority by other means than ACME.
struct ExternalAccount: Sendable {
    let id: String
    let key: [UInt8]
}
