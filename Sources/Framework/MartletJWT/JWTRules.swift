internal import Glibc

/// What a token has to say besides a good signature (RFC 7519 section 4.1).
public struct JWTRules: Sendable {
    /// Who has made it: `iss`. Nil for anybody who has the key.
    public var issuer: String?
    /// Whom it is for: one of `aud`. A token that names others is refused also if this is nil (RFC 8725 section 3.9).
    public var audience: String?
    /// Whether a token without an end, `exp`, is refused.
    public var requiresExpiry = true
    /// How far clocks may differ, in seconds. A minute, as for signed cookies.
    public var leeway = 60
    /// How old a token may be by its `iat`, in seconds; nil for no limit.
    public var maximumAge: Int?

    /// Seconds since 1970.
    package var now: @Sendable () -> Int = { Int(time(nil)) }

    public init(issuer: String? = nil, audience: String? = nil) {
        self.issuer = issuer
        self.audience = audience
    }

    func check(_ claims: RegisteredClaims) throws(TokenRefusal) {
        let now = Double(now())
        let leeway = Double(max(leeway, 0))
        // `exp` is the first moment at which it is not good any more.
        if let end = claims.exp {
            guard now < end + leeway else { throw .expired(ago: now - end) }
        } else if requiresExpiry {
            throw .missing("exp")
        }
        if let start = claims.nbf, now < start - leeway { throw .notYet("nbf", in: start - now) }
        if let made = claims.iat {
            guard now >= made - leeway else { throw .notYet("iat", in: made - now) }
            if let maximumAge, now - made > Double(maximumAge) + leeway { throw .tooOld(now - made) }
        } else if maximumAge != nil {
            throw .missing("iat")
        }
        if let issuer, claims.iss != issuer { throw .issuer(claims.iss) }
        guard audience.map({ claims.audiences.contains($0) }) ?? claims.audiences.isEmpty else {
            throw .audience(claims.audiences)
        }
    }
}
