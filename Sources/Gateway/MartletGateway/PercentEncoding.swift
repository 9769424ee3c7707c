/// Percent-decoding of paths (RFC 3986 section 2.1).
package enum PercentEncoding {
    /// Decodes once; a `%` that two hex digits do not follow stays as it is, as every WSGI server keeps it.
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

    /// The decoded byte at a place of the encoded text, and how many bytes it takes there: 1, or 3 where it is encoded. Nil at the
    /// end.
    @inline(__always)
    package static func byte(of bytes: UnsafeRawBufferPointer, at index: Int) -> (byte: UInt8, width: Int)? {
        guard index >= 0, index < bytes.count else { return nil }
        let byte = bytes[index]
        guard byte == UInt8(ascii: "%"), bytes.count &- index > 2,
            let high = hexValue(bytes[index &+ 1]), let low = hexValue(bytes[index &+ 2])
        else { return (byte, 1) }
        return (high << 4 | low, 3)
    }

    package static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x41...0x46: byte &- 0x41 &+ 10
        case 0x61...0x66: byte &- 0x61 &+ 10
        default: nil
        }
    }
}
