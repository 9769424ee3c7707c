internal import NIOCore

/// The four bytes that a client's content is combined with (RFC 6455 section 5.3). They hide nothing: they keep a page from
/// choosing the bytes that a proxy on the way sees.
struct FrameMask {
    let key: UInt32
    /// How many bytes of the content were done, modulo four.
    private var phase = 0

    init(key: UInt32) { self.key = key }

    /// Masks bytes, or takes the mask off, and remembers where the next ones go on.
    mutating func apply(to bytes: UnsafeMutableRawBufferPointer) {
        // The key as it begins here, in the order of memory.
        let turned = (key << UInt32(phase * 8) | (phase == 0 ? 0 : key >> UInt32(32 - phase * 8))).bigEndian
        let wide = UInt64(turned) << 32 | UInt64(turned)
        var place = 0
        while bytes.count &- place >= 8 {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ wide
            bytes.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
            place &+= 8
        }
        withUnsafeBytes(of: turned) { key in
            while place < bytes.count {
                bytes[place] ^= key[place & 3]
                place &+= 1
            }
        }
        phase = (phase &+ bytes.count) & 3
    }
}

extension ByteBuffer {
    /// Masks what can be read from this many bytes behind the first.
    mutating func apply(_ mask: inout FrameMask, from start: Int) {
        withUnsafeMutableReadableBytes { bytes in
            mask.apply(to: UnsafeMutableRawBufferPointer(rebasing: bytes.dropFirst(start)))
        }
    }
}
