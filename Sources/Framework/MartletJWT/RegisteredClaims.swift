internal import JWTKit

/// The claims that every token means the same by (RFC 7519 section 4.1). Times are seconds since 1970 and may have a fraction.
struct RegisteredClaims: JWTPayload, Equatable {
    var exp: Double?
    var nbf: Double?
    var iat: Double?
    var iss: String?
    var audiences: [String] = []

    enum CodingKeys: String, CodingKey {
        case exp, nbf, iat, iss
        case audiences = "aud"
    }

    init(exp: Double? = nil, nbf: Double? = nil, iat: Double? = nil, iss: String? = nil, audiences: [String] = []) {
        self.exp = exp
        self.nbf = nbf
        self.iat = iat
        self.iss = iss
        self.audiences = audiences
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        exp = try container.decodeIfPresent(Double.self, forKey: .exp)
        nbf = try container.decodeIfPresent(Double.self, forKey: .nbf)
        iat = try container.decodeIfPresent(Double.self, forKey: .iat)
        iss = try container.decodeIfPresent(String.self, forKey: .iss)
        if let one = try? container.decodeIfPresent(String.self, forKey: .audiences) {
            audiences = [one]
        } else {
            audiences = try container.decodeIfPresent([String].self, forKey: .audiences) ?? []
        }
    }

    func verify(using algorithm: some JWTAlgorithm) {}
}
