/// The classes of ASCII bytes that HTTP's grammars use (RFC 5234 appendix B.1).
@usableFromInline package enum ASCII {
    @inlinable @inline(__always)
    package static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inlinable @inline(__always)
    package static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    /// Space or tab: the white space that is allowed within a line.
    @inlinable @inline(__always)
    package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// A control character, DEL included.
    @inlinable @inline(__always)
    package static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

    /// A space or a visible character: what a terminal prints and does not interpret.
    @inlinable @inline(__always)
    package static func isPrintable(_ byte: UInt8) -> Bool { byte &- 0x20 < 0x5F }
}
