internal import Crypto
internal import MartletBytes

/// Signs bytes, which anyone can read and only a holder of the secrets can change: HMAC-SHA256 (RFC 2104) over
/// `PAYLOAD.TIME`, in a text for cookies and URLs, `PAYLOAD.TIME.SIGNATURE`.
///
///     let signer = Signer(keys, purpose: "password-reset")
///     let token = signer.sign(Array("ada".utf8), at: now)
///     let name = try signer.open(token, now: now, maximumAge: 3600).payload
public struct Signer: Sendable {
    private let keys: [SymmetricKey]

    /// What is longer is not looked at: more than a cookie or a URL holds.
    static let longest = 16_384

    /// - Parameter purpose: what the texts are for. Those of another purpose are refused.
    public init(_ keys: KeyRing, purpose: String) { self.keys = keys.keys(for: "sign " + purpose) }

    /// - Parameter now: seconds since 1970.
    public func sign(_ payload: [UInt8], at now: Int) -> String {
        let text = Base64URL.encode(payload) + "." + SignedTime.text(now)
        guard let key = keys.first else { return text }
        return text + "." + Base64URL.encode(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// What was signed.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - maximumAge: in seconds; nil for texts that are good for ever.
    public func open(_ text: String, now: Int, maximumAge: Int? = nil) throws(SignatureFault) -> SignedPayload {
        guard text.utf8.count <= Self.longest else { throw .malformed }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let signedAt = SignedTime.seconds(parts[1]),
            let signature = Base64URL.decode(parts[2]), Base64URL.encode(signature) == parts[2]
        else { throw .malformed }
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        // Every key is tried, so that the time does not say which one it was. The comparison takes the same time
        // whatever is in it.
        var found: Int?
        for (index, key) in keys.enumerated()
        where HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: key) {
            found = found ?? index
        }
        guard let found else { throw .badSignature }
        guard let payload = Base64URL.decode(parts[0]) else { throw .malformed }
        try SignedTime.check(signedAt, now: now, maximumAge: maximumAge)
        return SignedPayload(payload: payload, signedAt: signedAt, isOfFormerKey: found > 0)
    }
}

/// What was in a signed or sealed text.
public struct SignedPayload: Sendable, Hashable {
    public let payload: [UInt8]
    /// Seconds since 1970.
    public let signedAt: Int
    /// Whether it was made with another secret than the first: time to make it anew.
    public let isOfFormerKey: Bool
}
