import MartletBytes
import MartletGateway

/// What Host and the authority of a target may contain: a name, an IPv4 address or an ``IPLiteral`` in brackets, and an
/// optional port (RFC 9110 section 7.2, RFC 3986 section 3.2). An empty host is refused, as nginx does.
package enum HostSyntax {
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")),
                IPLiteral.isValid(UnsafeRawBufferPointer(rebasing: bytes[1..<end]))
            else { return false }
            index = end &+ 1
        } else {
            while index < bytes.count, isNameByte(bytes[index]) {
                if bytes[index] == UInt8(ascii: "%") {
                    guard bytes.count &- index > 2, Hex.value(of: bytes[index &+ 1]) != nil,
                        Hex.value(of: bytes[index &+ 2]) != nil
                    else { return false }
                }
                index &+= 1
            }
            guard index > 0 else { return false }
        }
        guard index < bytes.count else { return true }
        guard bytes[index] == UInt8(ascii: ":") else { return false }
        return isPort(UnsafeRawBufferPointer(rebasing: bytes[(index &+ 1)...]))
    }

    /// Digits up to 65535, or nothing behind the colon.
    private static func isPort(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= 5 else { return false }
        var port = 0
        for byte in bytes {
            guard ASCII.isDigit(byte) else { return false }
            port = port &* 10 &+ Int(byte &- 0x30)
        }
        return port <= 65_535
    }

    /// unreserved, sub-delims and the percent sign: one bit for each of the letters, the digits and `-._~!$&'()*+,;=%`.
    @inline(__always)
    static func isNameByte(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x2BFF_7FF2_0000_0000 : 0x47FF_FFFE_87FF_FFFE
        return byte < 128 && (bits &>> UInt64(byte & 63)) & 1 == 1
    }
}
