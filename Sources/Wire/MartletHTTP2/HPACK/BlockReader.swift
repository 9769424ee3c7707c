/// Reads the primitive types of HPACK (RFC 7541 section 5) out of a header block.
struct BlockReader {
    struct Text {
        let bytes: UnsafeRawBufferPointer
        let isHuffman: Bool

        /// How many bytes it has at most when it is decoded.
        var bound: Int { isHuffman ? Huffman.bound(bytes.count) : bytes.count }

        /// - Returns: how many bytes were written; nil where the text is not valid.
        @inline(__always)
        func decode(into target: UnsafeMutableRawBufferPointer) -> Int? {
            if isHuffman { return Huffman.decode(bytes, into: target) }
            guard target.count >= bytes.count else { return nil }
            target.copyMemory(from: bytes)
            return bytes.count
        }
    }

    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The first byte of what comes next.
    var next: UInt8? {
        @inline(__always) get { index < bytes.count ? bytes[index] : nil }
    }

    /// - Parameter prefix: how many bits of the first byte belong to the number.
    /// - Returns: nil where it is cut off, or larger than any that this server has use for: more than 28 bits.
    @inline(__always)
    mutating func integer(prefix: Int) -> Int? {
        guard let first = next else { return nil }
        index &+= 1
        let mask = UInt8(truncatingIfNeeded: (1 &<< prefix) &- 1)
        return first & mask < mask ? Int(first & mask) : continued(Int(mask))
    }

    private mutating func continued(_ start: Int) -> Int? {
        var number = start
        var shift = 0
        while let byte = next, shift <= 21 {
            index &+= 1
            number &+= Int(byte & 0x7F) &<< shift
            if byte & 0x80 == 0 { return number }
            shift &+= 7
        }
        return nil
    }

    @inline(__always)
    mutating func text() -> Text? {
        guard let first = next, let count = integer(prefix: 7), count <= bytes.count &- index else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: bytes[index..<(index &+ count)])
        index &+= count
        return Text(bytes: text, isHuffman: first & 0x80 != 0)
    }
}
