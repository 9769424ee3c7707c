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
        while index < bytes.count, written < output.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), bytes.count &- index > 2,
                let high = hexValue(bytes[index &+ 1]), let low = hexValue(bytes[index &+ 2])
            {
                output[written] = high << 4 | low
                index &+= 3
            } else {
                output[written] = byte
                index &+= 1
            }
            written &+= 1
        }
        return written
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
