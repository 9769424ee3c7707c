/// A number as HTTP writes lengths and ports: digits alone (RFC 9110 section 8.6).
@usableFromInline package enum DecimalText {
    /// Nil for what has a sign, white space or anything else beside its digits, for no text, and for a number that is too large.
    @inlinable
    package static func value(of text: some Collection<UInt8>) -> Int? {
        guard !text.isEmpty else { return nil }
        var number = 0
        for byte in text {
            guard ASCII.isDigit(byte) else { return nil }
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(byte &- 0x30))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }
}
