/// Percent-encoding of URLs (RFC 3986 section 2.1).
@usableFromInline package enum PercentEncoding {
    /// Decodes once. A `%` that is not followed by two hex digits stays unchanged, as in every WSGI server.
    package static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: decoded(bytes), as: UTF8.self)
    }

    package static func decoded(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count) { output, count in
            count = decode(bytes, into: UnsafeMutableRawBufferPointer(output))
        }
    }

    /// Decodes into memory that is at least as large as the input; returns how much was written.
    package static func decode(_ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int {
        var written = 0
        var index = 0
        while written < output.count, let (byte, width) = byte(of: bytes, at: index) {
            output[written] = byte
            index &+= width
            written &+= 1
        }
        return written
    }

    /// The decoded byte at an index of the encoded text, and how many bytes it takes there: 1, or 3 if it is encoded.
    /// Nil at the end.
    @inlinable @inline(__always)
    package static func byte(of bytes: UnsafeRawBufferPointer, at index: Int) -> (byte: UInt8, width: Int)? {
        guard index >= 0, index < bytes.count else { return nil }
        let byte = bytes[index]
        guard byte == UInt8(ascii: "%"), bytes.count &- index > 2,
            let high = Hex.value(of: bytes[index &+ 1]), let low = Hex.value(of: bytes[index &+ 2])
        else { return (byte, 1) }
        return (high << 4 | low, 3)
    }

    /// Encodes every byte except those that are kept.
    package static func encode(_ bytes: some Sequence<UInt8>, keeping isKept: (UInt8) -> Bool) -> String {
        var output: [UInt8] = []
        for byte in bytes {
            if isKept(byte) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(Hex.uppercaseDigit(byte >> 4))
                output.append(Hex.uppercaseDigit(byte))
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The unreserved characters of RFC 3986 section 2.3, which need no encoding anywhere.
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: ASCII.isLetter(byte) || ASCII.isDigit(byte)
        }
    }
}
