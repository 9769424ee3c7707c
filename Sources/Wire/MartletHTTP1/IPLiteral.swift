import MartletBytes
import MartletGateway

/// What may be between the brackets of a host (RFC 3986 section 3.2.2).
enum IPLiteral {
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let first = bytes.first, ASCIICase.lowercased(first) == UInt8(ascii: "v") { return isFuture(bytes) }
        return isIPv6(bytes)
    }

    /// Eight groups of up to four hexadecimal digits; `::` may replace one or more groups once, and the last two groups
    /// may be written as an IPv4 address. Zones are not accepted.
    private static func isIPv6(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let colon = UInt8(ascii: ":")
        var groups = 0
        var hasGap = false
        var index = 0
        if bytes.count >= 2, bytes[0] == colon, bytes[1] == colon {
            hasGap = true
            index = 2
        }
        while index < bytes.count || !hasGap {
            let start = index
            while index < bytes.count, Hex.value(of: bytes[index]) != nil { index &+= 1 }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                guard isIPv4(UnsafeRawBufferPointer(rebasing: bytes[start...])) else { return false }
                groups &+= 2
                break
            }
            guard index > start, index &- start <= 4 else { return false }
            groups &+= 1
            guard index < bytes.count else { break }
            guard bytes[index] == colon else { return false }
            index &+= 1
            if index < bytes.count, bytes[index] == colon {
                guard !hasGap else { return false }
                hasGap = true
                index &+= 1
                if index == bytes.count { break }
            } else if index == bytes.count {
                return false
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }

    /// Four numbers up to 255, without leading zeros.
    private static func isIPv4(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var numbers = 0
        var digits = 0
        var number = 0
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, numbers < 3 else { return false }
                numbers &+= 1
                digits = 0
                number = 0
            } else {
                guard ASCII.isDigit(byte), digits == 0 || number > 0 else { return false }
                digits &+= 1
                number = number &* 10 &+ Int(byte &- 0x30)
                guard number <= 255 else { return false }
            }
        }
        return numbers == 3 && digits > 0
    }

    /// `v1.text`: a version in hexadecimal digits and the characters of a name, or colons.
    private static func isFuture(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 1
        while index < bytes.count, Hex.value(of: bytes[index]) != nil { index &+= 1 }
        guard index > 1, index &+ 1 < bytes.count, bytes[index] == UInt8(ascii: ".") else { return false }
        return bytes[(index &+ 1)...].allSatisfy {
            $0 == UInt8(ascii: ":") || ($0 != UInt8(ascii: "%") && HostSyntax.isNameByte($0))
        }
    }
}
