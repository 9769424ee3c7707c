/// Hexadecimal digits.
@usableFromInline package enum Hex {
    /// The value of a digit; nil if it is not one.
    @inlinable @inline(__always)
    package static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x37
        case 0x61...0x66: byte &- 0x57
        default: nil
        }
    }

    /// The digit, `0` to `f`, of the lower four bits.
    @inlinable @inline(__always)
    package static func digit(_ value: UInt8) -> UInt8 {
        let nibble = value & 15
        return nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x57
    }

    /// The digit, `0` to `F`, of the lower four bits.
    @inlinable @inline(__always)
    package static func uppercaseDigit(_ value: UInt8) -> UInt8 {
        let nibble = value & 15
        return nibble < 10 ? nibble &+ 0x30 : nibble &+ 0x37
    }

    /// A number in lower-case digits, at least two of them.
    package static func text(_ number: UInt32) -> String {
        (number < 16 ? "0" : "") + String(number, radix: 16)
    }
}
