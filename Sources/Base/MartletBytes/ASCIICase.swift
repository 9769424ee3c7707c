/// Case folding and comparison without regard to the case of ASCII letters. HTTP knows no other case folding: bytes
/// beyond ASCII are compared as they are.
@usableFromInline package enum ASCIICase {
    @inlinable @inline(__always)
    package static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    @inlinable @inline(__always)
    package static func uppercased(_ byte: UInt8) -> UInt8 { byte &- 0x61 < 26 ? byte & 0xDF : byte }

    /// Whether a range of `bytes` is `lowercased`, which must be written in lower case.
    @inlinable @inline(__always)
    package static func equals(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ lowercased: StaticString) -> Bool
    {
        guard range.count == lowercased.utf8CodeUnitCount, range.lowerBound >= 0, range.upperBound <= bytes.count else {
            return false
        }
        return lowercased.withUTF8Buffer { wanted in
            var index = 0
            while index < wanted.count {
                if Self.lowercased(bytes[range.lowerBound &+ index]) != wanted[index] { return false }
                index &+= 1
            }
            return true
        }
    }

    /// Whether `bytes` are `lowercased`, which must be written in lower case.
    @inlinable @inline(__always)
    package static func equals(_ bytes: some Collection<UInt8>, _ lowercased: StaticString) -> Bool {
        lowercased.withUTF8Buffer { equals(bytes, $0) }
    }

    /// Whether `bytes` are `lowercased`, which must be in lower case.
    @inlinable @inline(__always)
    package static func equals(_ bytes: some Collection<UInt8>, _ lowercased: some Collection<UInt8>) -> Bool {
        guard bytes.count == lowercased.count else { return false }
        var wanted = lowercased.makeIterator()
        for byte in bytes where Self.lowercased(byte) != wanted.next() { return false }
        return true
    }
}
