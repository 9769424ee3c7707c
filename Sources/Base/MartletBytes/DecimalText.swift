/// A number as in HTTP's lengths and ports: digits only (RFC 9110 section 8.6).
@usableFromInline package enum DecimalText {
    /// Nil for an empty text, a number that is too large, and anything that has other characters than digits.
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
