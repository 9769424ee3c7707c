/// When a text was signed, as a part of it: seconds since 1970, in base 36.
enum SignedTime {
    /// How far the clock of the server that signed may be ahead, in seconds.
    static let skew = 60

    static func text(_ seconds: Int) -> String { String(max(seconds, 0), radix: 36) }

    /// Nil for what ``text(_:)`` does not write.
    static func seconds(_ text: some StringProtocol) -> Int? {
        guard text.utf8.count <= 12, let seconds = Int(text, radix: 36), seconds >= 0,
            String(seconds, radix: 36) == text
        else { return nil }
        return seconds
    }

    static func check(_ signedAt: Int, now: Int, maximumAge: Int?) throws(SignatureFault) {
        let age = max(now, 0) - signedAt
        guard age >= -skew else { throw .fromTheFuture(by: -age) }
        if let maximumAge, age > maximumAge { throw .expired(age: age, maximum: maximumAge) }
    }
}
