/// The value of `traceparent`, by which a request belongs to a trace (W3C Trace Context).
package struct TraceParent: Equatable {
    /// 32 hexadecimal digits.
    package let traceID: UnsafeRawBufferPointer
    /// The caller's span: 16 hexadecimal digits.
    package let spanID: UnsafeRawBufferPointer

    /// Nil for what is no such value: then nothing of it may be used (section 3.2.2.3).
    package init?(_ value: UnsafeRawBufferPointer) {
        // version "-" trace-id "-" parent-id "-" trace-flags; what later versions have behind that begins with a hyphen.
        guard value.count >= 55, value[2] == 0x2D, value[35] == 0x2D, value[52] == 0x2D else { return nil }
        let version = UnsafeRawBufferPointer(rebasing: value[..<2])
        traceID = UnsafeRawBufferPointer(rebasing: value[3..<35])
        spanID = UnsafeRawBufferPointer(rebasing: value[36..<52])
        let flags = UnsafeRawBufferPointer(rebasing: value[53..<55])
        guard [version, traceID, spanID, flags].allSatisfy({ $0.allSatisfy(Self.isDigit) }) else { return nil }
        let isFirst = version.elementsEqual("00".utf8)
        guard !version.elementsEqual("ff".utf8), isFirst ? value.count == 55 : value.count == 55 || value[55] == 0x2D
        else {
            return nil
        }
        guard traceID.contains(where: { $0 != 0x30 }), spanID.contains(where: { $0 != 0x30 }) else { return nil }
    }

    package static func == (one: Self, other: Self) -> Bool {
        one.traceID.elementsEqual(other.traceID) && one.spanID.elementsEqual(other.spanID)
    }

    /// Small letters only (section 3.2.2).
    private static func isDigit(_ byte: UInt8) -> Bool { ASCII.isDigit(byte) || byte &- 0x61 < 6 }

    /// A new trace, that is to be recorded.
    package static func new() -> String {
        var random = SystemRandomNumberGenerator()
        func digits(_ count: Int) -> String {
            // Not all of them may be zero.
            let number = max(random.next(), 1)
            return String(
                decoding: (0..<count).reversed().map { Hex.digit(UInt8(truncatingIfNeeded: number >> ($0 * 4))) },
                as: UTF8.self
            )
        }
        return "00-\(digits(16))\(digits(16))-\(digits(16))-01"
    }
}
