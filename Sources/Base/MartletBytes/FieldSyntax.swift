/// Which bytes are allowed in field names and values (RFC 9110 sections 5.1, 5.5 and 5.6.2).
@usableFromInline package enum FieldSyntax {
    /// A byte of a token: field names and methods. One bit for each of the letters, the digits and ``!#$%&'*+-.^_`|~``.
    @inlinable @inline(__always)
    package static func isToken(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x03FF_6CFA_0000_0000 : 0x57FF_FFFF_C7FF_FFFE
        return byte < 128 && (bits &>> UInt64(byte & 63)) & 1 == 1
    }

    /// A byte of a field value, and of any text within a line: tab, space, visible ASCII and obs-text.
    @inlinable @inline(__always)
    package static func isValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7F : byte == 0x09
    }

    /// A text without the white space around it.
    @inlinable
    package static func trimmed<Text: BidirectionalCollection<UInt8>>(_ text: Text) -> Text.SubSequence {
        var rest = text.drop(while: ASCII.isBlank)
        while let last = rest.last, ASCII.isBlank(last) { rest.removeLast() }
        return rest
    }
}
