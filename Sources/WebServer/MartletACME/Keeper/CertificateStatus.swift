/// How a certificate that is got by itself stands, for `martlet status`. Moments are in seconds since 1970.
package struct CertificateStatus: Codable, Sendable, Equatable {
    package let names: [String]
    /// Nil while nobody vouches for it.
    package let issuer: String?
    /// Whether it is one that stands in until an authority has given one.
    package var isSelfSigned: Bool { issuer == nil }
    package let expiresAt: Int?
    package let renewedAt: Int?
    package let isOrdering: Bool
    package let lastError: String?
    /// After an error.
    package let triedAgainAt: Int?
}
