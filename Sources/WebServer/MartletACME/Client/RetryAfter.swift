import MartletBytes

/// How long somebody wants to be left alone (RFC 9110 section 10.2.3).
enum RetryAfter {
    /// Longer than any authority asks for: a week, after which Let's Encrypt's longest limit is over.
    private static let most = 7 * 86_400

    /// - Parameter now: seconds since 1970.
    /// - Returns: seconds from now, at most a week; nil for a value that is neither a number nor a date.
    static func seconds(_ text: String, now: Int) -> Int? {
        let text = FieldSyntax.trimmed(Array(text.utf8))
        if !text.isEmpty, text.allSatisfy(ASCII.isDigit) { return min(DecimalText.value(of: text) ?? most, most) }
        return HTTPDate.parse(text).map { min(max(0, $0 - now), most) }
    }
}
