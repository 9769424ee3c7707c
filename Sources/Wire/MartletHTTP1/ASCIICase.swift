/// Comparison without regard to the case of ASCII letters.
enum ASCIICase {
    /// Whether a range of `bytes` is `lowercased`, which must be written in lower case.
    @inline(__always)
    static func equals(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ lowercased: StaticString) -> Bool {
        guard range.count == lowercased.utf8CodeUnitCount, range.lowerBound >= 0, range.upperBound <= bytes.count else {
            return false
        }
        return lowercased.withUTF8Buffer { wanted in
            var index = 0
            while index < wanted.count {
                let byte = bytes[range.lowerBound &+ index]
                let folded = byte &- 0x41 < 26 ? byte | 0x20 : byte
                if folded != wanted[index] { return false }
                index &+= 1
            }
            return true
        }
    }

    /// Calls `body` with the range of each element of a comma-separated list, without the white space around it.
    @inline(__always)
    static func forEachElement(
        _ bytes: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ body: (Range<Int>) -> Void
    ) {
        var start = range.lowerBound
        while start <= range.upperBound {
            let comma = ByteScan.first(UInt8(ascii: ","), in: bytes, from: start, to: range.upperBound)
            var first = start
            var last = comma
            while first < last, bytes[first] == 0x20 || bytes[first] == 0x09 { first &+= 1 }
            while last > first, bytes[last &- 1] == 0x20 || bytes[last &- 1] == 0x09 { last &-= 1 }
            if first < last { body(first..<last) }
            start = comma &+ 1
        }
    }
}
