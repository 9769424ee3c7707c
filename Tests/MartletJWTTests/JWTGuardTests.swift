import HTTPTypes
import JWTKit
import MartletBytes
import MartletFramework
import MartletGateway
import MartletTesting
import Testing

@testable import MartletJWT

/// Tokens that are taken, and every way to be none of them.
@Suite struct JWTGuardTests {
    struct Claims: JWTPayload {
        var sub: String
        var exp: Double? = 2_000
        var nbf: Double?
        var iat: Double?
        var iss: String? = "https://id.example.org"
        var aud: [String]? = ["notes", "mail"]

        func verify(using algorithm: some JWTAlgorithm) throws {
            if sub == "nobody" { throw JWTError.claimVerificationFailure(failedClaim: nil, reason: "nobody") }
        }
    }

    private static let secret = "a secret of more than sixty-four bytes, which is what SHA-512 asks for, in tests"
    private let elliptic = ES256PrivateKey()

    private func keys() async throws -> JWTKeyCollection {
        await JWTKeyCollection()
            .add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha256, kid: "old")
            .add(ecdsa: elliptic, kid: "new")
            .add(hmac: HMACKey(from: Self.secret), digestAlgorithm: .sha512, kid: "long")
    }

    private func client(_ algorithms: Set<TokenAlgorithm> = [.hs256, .es256]) async throws -> TestClient {
        let app = App(environment: .development)
        var rules = JWTRules(issuer: "https://id.example.org", audience: "notes")
        rules.now = { 1_000 }
        rules.maximumAge = nil
        app.guard(JWTGuard(Claims.self, keys: try await keys(), algorithms: algorithms, rules: rules, realm: "notes"))
        app.get("/") { request in try request.identity(Claims.self).sub }
        return TestClient(app)
    }

    private func token(_ claims: Claims, kid: JWKIdentifier? = "old") async throws -> String {
        try await keys().sign(claims, kid: kid)
    }

    @discardableResult
    private func ask(_ token: String, _ algorithms: Set<TokenAlgorithm> = [.hs256, .es256]) async throws -> TestResponse
    {
        try await client(algorithms).get("/", headers: [(.authorization, "Bearer " + token)])
    }

    @Test("A good token, of each key that is allowed")
    func good() async throws {
        try await ask(token(Claims(sub: "ada"))).expect(.ok, body: "ada")
        try await ask(token(Claims(sub: "ada"), kid: "new")).expect(.ok, body: "ada")
        // Clocks differ.
        try await ask(token(Claims(sub: "ada", exp: 950))).expect(.ok, body: "ada")
    }

    static let refusals: [(claims: Claims, reason: String)] = [
        (Claims(sub: "a", exp: 900), "The token has been over for 100 s."),
        (Claims(sub: "a", exp: nil), "The token has no `exp`."),
        (Claims(sub: "a", nbf: 1_100), "The token is good in 100 s only, by its `nbf`."),
        (Claims(sub: "a", iat: 1_100), "The token is good in 100 s only, by its `iat`."),
        (Claims(sub: "a", iss: "https://evil.example"), "The token was made by \"https://evil.example\"."),
        (Claims(sub: "a", iss: nil), "The token was made by nobody that it names."),
        (Claims(sub: "a", aud: ["mail"]), "The token is for mail."),
        (Claims(sub: "a", aud: nil), "The token does not say whom it is for."),
        (Claims(sub: "a", exp: 1e300), ""),
    ]

    @Test("Claims that do not hold", arguments: refusals)
    func claims(_ claims: Claims, _ reason: String) async throws {
        let answer = try await ask(token(claims))
        guard !reason.isEmpty else {
            _ = try answer.expect(.ok)
            return
        }
        _ = try answer.expect(.unauthorized, body: reason + "\n")
        #expect(answer.headers[.wwwAuthenticate] == #"Bearer realm="notes", error="invalid_token""#)
    }

    @Test("The claims' own check")
    func ownCheck() async throws {
        #expect(try await ask(token(Claims(sub: "nobody"))).expect(.unauthorized).text.contains("nobody"))
    }

    /// A header that somebody else has written, with the signature of a good token.
    private func forged(_ header: String, signature: String? = nil) async throws -> String {
        let parts = try await token(Claims(sub: "ada")).split(separator: ".").map(String.init)
        return [Base64URL.encode(header.utf8), parts[1], signature ?? parts[2]].joined(separator: ".")
    }

    static let lies: [(header: String, reason: String)] = [
        (#"{"alg":"none"}"#, "The token is signed with \"none\"; taken are ES256, HS256."),
        (#"{"alg":"HS512","kid":"long"}"#, "The token is signed with \"HS512\"; taken are ES256, HS256."),
        (#"{"alg":"HS256","kid":"new"}"#, "The key \"new\" is not for HS256, which the token is signed with."),
        (#"{"alg":"ES256","kid":"old"}"#, "The key \"old\" is not for ES256, which the token is signed with."),
        (#"{"alg":"HS256","kid":"old","x":1}"#, "The signature is not that of the key."),
        (#"{"alg":"HS256","kid":"old","crit":["b64"]}"#, "The token needs extensions that are not known here: b64."),
        ("{", "The token is not a signed JWT: three parts in base64url with dots between them."),
        ("[]", "The token is not a signed JWT: three parts in base64url with dots between them."),
    ]

    @Test("Headers that lie", arguments: lies)
    func lyingHeader(_ header: String, _ reason: String) async throws {
        try await ask(forged(header)).expect(.unauthorized, body: reason + "\n")
    }

    @Test("Texts that are no token", arguments: ["a", "a.b", "..", "a.b.c.d", "e30.e30.e30"])
    func noToken(_ text: String) async throws {
        try await ask(text).expect(.unauthorized)
    }
}
