/// When a certificate is renewed, in seconds since 1970.
enum RenewalTime {
    /// At two thirds of its lifetime, as Caddy does and Let's Encrypt recommends. One that was only just obtained stays for a
    /// third of what it has left at least, however far its beginning was put back.
    static func usual(from notBefore: Int, to notAfter: Int, obtained: Int?) -> Int {
        let due = notAfter - max(0, notAfter - notBefore) / 3
        guard let obtained, obtained < notAfter else { return due }
        return max(due, obtained + (notAfter - obtained) / 3)
    }

    /// Somewhere in the window that the authority has suggested, so that not all come at once (RFC 9773 section 4.2). In time
    /// in any case; and an authority that wants each new certificate to be renewed at once gets an hour.
    static func suggested(
        _ window: ClosedRange<Int>,
        before notAfter: Int,
        obtained: Int?,
        using generator: inout some RandomNumberGenerator
    ) -> Int {
        let latest = notAfter - 3600
        let wished = min(Int.random(in: window, using: &generator), latest)
        guard let obtained else { return wished }
        return max(wished, min(obtained + 3600, obtained + max(0, notAfter - obtained) / 3))
    }

    /// How long after a look at that window the next one is due: as the authority says, but not so often that it is a burden,
    /// nor so rarely that a revocation is missed (RFC 9773 section 4.3.2). In seconds.
    static func nextLook(after retryAfter: Int?) -> Int { min(max(retryAfter ?? 6 * 3600, 60), 86_400) }
}
