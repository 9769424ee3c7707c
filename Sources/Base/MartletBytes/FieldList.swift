/// Field values that are comma-separated lists (RFC 9110 section 5.6.1). Empty elements are ignored.
@usableFromInline package enum FieldList {
    /// Calls `body` with the range of each element, without the white space around it.
    @inlinable @inline(__always)
    package static func forEachElement(
        _ bytes: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ body: (Range<Int>) -> Void
    ) {
        let range = range.clamped(to: 0..<bytes.count)
        var start = range.lowerBound
        while start <= range.upperBound {
            var comma = start
            while comma < range.upperBound, bytes[comma] != UInt8(ascii: ",") { comma &+= 1 }
            var first = start
            var last = comma
            while first < last, ASCII.isBlank(bytes[first]) { first &+= 1 }
            while last > first, ASCII.isBlank(bytes[last &- 1]) { last &-= 1 }
            if first < last { body(first..<last) }
            start = comma &+ 1
        }
    }

    /// Whether an element is `lowercased`, which must be written in lower case, in any case.
    @inlinable
    package static func contains(_ lowercased: StaticString, in value: some BidirectionalCollection<UInt8>) -> Bool {
        var rest = value[...]
        while true {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
            if ASCIICase.equals(FieldSyntax.trimmed(rest[..<end]), lowercased) { return true }
            guard end < rest.endIndex else { return false }
            rest = rest[rest.index(after: end)...]
        }
    }
}
