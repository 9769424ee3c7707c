import Crypto
import FoundationEssentials
import MartletBytes
import Testing

@testable import MartletACME

struct JOSETests {
    @Test(
        arguments: [
            ([], ""), ([0xFF], "_w"), ([0xFB, 0xEF], "--8"), (Array("hello".utf8), "aGVsbG8"),
            ([0, 0x10, 0x83], "ABCD"),
        ] as [([UInt8], String)]
    )
    func base64(bytes: [UInt8], text: String) {
        #expect(Base64URL.encode(bytes) == text)
        #expect(Base64URL.decode(text) == bytes)
        #expect(Base64URL.decode(text + "==") == bytes)
    }

    @Test(arguments: ["a+b/", "a b", "ä", "A"])
    func noBase64(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    /// The key of RFC 9449 section 6.1, whose thumbprint (RFC 7638) is there.
    @Test func thumbprint() throws {
        let key = WebKey(
            x: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"
        )
        #expect(try key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
    }

    /// RFC 7515 appendix A.3: the key, and the signature over its input.
    @Test func ellipticCurve() throws {
        let secret = try #require(Base64URL.decode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"))
        let own = try P256.Signing.PrivateKey(rawRepresentation: secret)
        let key = try AccountKey(pem: own.pemRepresentation)
        #expect(key.publicKey.x == "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
        #expect(key.publicKey.y == "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        let input = SignedMessage.input(
            "eyJhbGciOiJFUzI1NiJ9",
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        )
        let signature = try #require(
            Base64URL.decode(
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
            )
        )
        #expect(own.publicKey.isValidSignature(try .init(rawRepresentation: signature), for: input))
        #expect(own.publicKey.isValidSignature(try .init(rawRepresentation: key.signature(of: input)), for: input))
    }

    private struct Parts: Decodable {
        let protected, payload, signature: String
    }

    private struct Header: Decodable {
        let alg, url: String
        let nonce, kid: String?
        let jwk: WebKey?
    }

    private func parts(_ message: SignedMessage) throws -> (Parts, Header, signature: [UInt8]) {
        let parts = try ACMEJSON.decode(as: Parts.self, try ACMEJSON.encode(message))
        let header = try #require(Base64URL.decode(parts.protected))
        return (parts, try ACMEJSON.decode(header), try #require(Base64URL.decode(parts.signature)))
    }

    /// RFC 8555 section 6.2: the key where there is no account, else the account; never both.
    @Test(arguments: [nil, "https://ca.test/account/1"])
    func message(account: String?) throws {
        let secret = P256.Signing.PrivateKey()
        let key = try AccountKey(pem: secret.pemRepresentation)
        let url = "https://ca.test/new \"order\""
        let message = try SignedMessage(Array("{}".utf8), by: key, account: account, nonce: "n/1", to: url)
        let (parts, header, signature) = try parts(message)
        #expect((header.alg, header.url, header.nonce) == ("ES256", url, "n/1"))
        #expect(header.kid == account)
        #expect(header.jwk == (account == nil ? key.publicKey : nil))
        #expect(Base64URL.decode(parts.payload) == Array("{}".utf8))
        let input = SignedMessage.input(parts.protected, parts.payload)
        #expect(secret.publicKey.isValidSignature(try .init(rawRepresentation: signature), for: input))
    }

    /// RFC 8555 section 7.3.4: the new key, signed with what the authority has given. No nonce.
    @Test func binding() throws {
        let key = AccountKey()
        let account = ExternalAccount(id: "kid-1", key: Array("secret".utf8))
        let message = try SignedMessage(binding: key.publicKey, to: account, at: "https://ca.test/new-account")
        let (parts, header, signature) = try parts(message)
        #expect((header.alg, header.kid, header.url) == ("HS256", "kid-1", "https://ca.test/new-account"))
        #expect(header.nonce == nil && header.jwk == nil)
        #expect(try ACMEJSON.decode(as: WebKey.self, try #require(Base64URL.decode(parts.payload))) == key.publicKey)
        let code = HMAC<SHA256>.authenticationCode(
            for: SignedMessage.input(parts.protected, parts.payload),
            using: SymmetricKey(data: account.key)
        )
        #expect(Array(code) == signature)
    }

    @Test func keyAuthorization() throws {
        let key = AccountKey()
        let same = try AccountKey(pem: key.pem)
        #expect(try key.keyAuthorization(of: "token") == "token.\(same.publicKey.thumbprint)")
    }
}
