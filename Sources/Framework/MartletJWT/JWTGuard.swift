public import JWTKit
public import MartletFramework
public import MartletGateway

/// Asks for a JSON Web Token as bearer token (RFC 7519, RFC 6750), checks its signature and its time, and leaves its claims for the handler.
///
///     let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256, kid: "2026")
///     api.guard(JWTGuard(Claims.self, keys: keys, algorithms: [.hs256], rules: JWTRules(issuer: "https://id.example.org")))
///     api.get("/me") { request in try request.identity(Claims.self).subject.value }
public struct JWTGuard<Claims: JWTPayload>: Guard {
    private let bearer: BearerGuard<Claims>

    /// - Parameters:
    ///   - claims: what the token says. Its own `verify(using:)` is called, too.
    ///   - keys: found by the `kid` of the token; the key without one is for tokens without one.
    ///   - algorithms: those that are taken, whatever a token says of itself (RFC 8725 section 3.1).
    ///   - rules: what else a token has to say.
    ///   - realm: what the token is for; plain ASCII.
    public init(
        _ claims: Claims.Type = Claims.self,
        keys: JWTKeyCollection,
        algorithms: Set<TokenAlgorithm>,
        rules: JWTRules = JWTRules(),
        realm: String = "restricted"
    ) {
        bearer = BearerGuard(realm: realm) { token in
            try await Self.claims(of: token, keys, algorithms, rules)
        }
    }

    public func identity(of request: Request) async throws -> Claims { try await bearer.identity(of: request) }

    private static func claims(
        of token: String,
        _ keys: JWTKeyCollection,
        _ algorithms: Set<TokenAlgorithm>,
        _ rules: JWTRules
    ) async throws -> Claims {
        do throws(TokenRefusal) {
            let header = try TokenHeader(of: token)
            let algorithm = try header.algorithm(among: algorithms)
            try await check(header, algorithm, keys)
            let registered: RegisteredClaims = try await verified(token, keys)
            try rules.check(registered)
            return try await verified(token, keys)
        } catch {
            throw BearerFault.invalidToken(error.description)
        }
    }

    /// The collection gives its default key for a `kid` that it does not have, and a key for one algorithm is not one for another.
    private static func check(
        _ header: TokenHeader,
        _ algorithm: TokenAlgorithm,
        _ keys: JWTKeyCollection
    ) async throws(TokenRefusal) {
        let key = try? await keys.getKey(
            for: header.kid.map { JWKIdentifier(string: $0) },
            alg: algorithm.rawValue
        )
        guard let key else { throw .unknownKey(header.kid) }
        guard key.name == algorithm.rawValue else { throw .wrongAlgorithm(algorithm.rawValue, of: header.kid) }
    }

    private static func verified<Payload: JWTPayload>(
        _ token: String,
        _ keys: JWTKeyCollection
    ) async throws(TokenRefusal) -> Payload {
        do {
            return try await keys.verify(token, as: Payload.self)
        } catch let error as JWTError where error.errorType == .signatureVerificationFailed {
            throw .badSignature
        } catch {
            throw .notAsExpected("\(error)")
        }
    }
}
