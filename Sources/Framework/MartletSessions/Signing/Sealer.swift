internal import Crypto
internal import MartletBytes

/// Seals bytes, which nobody but a holder of the secrets can read or change: AES-256-GCM (NIST SP 800-38D) with a random
/// nonce, in a text for cookies, `SEALED.TIME`. The time can be read, and is protected too.
public struct Sealer: Sendable {
    private let keys: [SymmetricKey]

    /// - Parameter purpose: what the texts are for. Those of another purpose are refused.
    public init(_ keys: KeyRing, purpose: String) { self.keys = keys.keys(for: "seal " + purpose) }

    /// - Parameter now: seconds since 1970.
    /// - Returns: nil where the system's cryptography fails, which it does for no input of any length that there is.
    public func seal(_ payload: [UInt8], at now: Int) -> String? {
        let time = SignedTime.text(now)
        guard let key = keys.first,
            let box = try? AES.GCM.seal(payload, using: key, authenticating: Array(time.utf8)), let bytes = box.combined
        else { return nil }
        return Base64URL.encode(bytes) + "." + time
    }

    /// What was sealed.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - maximumAge: in seconds; nil for texts that are good for ever.
    public func open(_ text: String, now: Int, maximumAge: Int? = nil) throws(SignatureFault) -> SignedPayload {
        guard text.utf8.count <= Signer.longest else { throw .malformed }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let signedAt = SignedTime.seconds(parts[1]), let bytes = Base64URL.decode(parts[0]),
            Base64URL.encode(bytes) == parts[0], let box = try? AES.GCM.SealedBox(combined: bytes)
        else { throw .malformed }
        for (index, key) in keys.enumerated() {
            guard let payload = try? AES.GCM.open(box, using: key, authenticating: Array(parts[1].utf8)) else {
                continue
            }
            try SignedTime.check(signedAt, now: now, maximumAge: maximumAge)
            return SignedPayload(payload: Array(payload), signedAt: signedAt, isOfFormerKey: index > 0)
        }
        throw .badSignature
    }
}
