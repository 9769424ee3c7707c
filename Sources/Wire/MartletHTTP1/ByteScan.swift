import MartletBytes

/// Searches over raw bytes, eight at a time. Every index is checked against the end before it is read.
package enum ByteScan {
    /// The first byte in the range that is not allowed within a line: a control character other than tab.
    @inline(__always)
    package static func firstControl(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int? {
        let end = min(end, bytes.count)
        var index = max(start, 0)
        while end &- index >= 8 {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
            // The high bit of a byte of `low` is set where the byte is below 0x20, of `delete` where it is 0x7F. A
            // borrow can only set bits above the first true one, which is all that is looked at.
            let low = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
            let flipped = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let delete = (flipped &- 0x0101_0101_0101_0101) & ~flipped & 0x8080_8080_8080_8080
            let found = low | delete
            if found == 0 {
                index &+= 8
                continue
            }
            let first = index &+ (found.trailingZeroBitCount &>> 3)
            if bytes[first] != 0x09 { return first }
            index = first &+ 1
        }
        while index < end {
            if !FieldSyntax.isValue(bytes[index]) { return index }
            index &+= 1
        }
        return nil
    }

    /// The first index of `byte` in a range, or the range's end.
    @inline(__always)
    static func first(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        let end = min(end, bytes.count)
        var index = max(start, 0)
        while index < end, bytes[index] != byte { index &+= 1 }
        return index
    }
}
