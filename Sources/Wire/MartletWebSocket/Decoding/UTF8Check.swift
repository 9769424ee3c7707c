/// Tells whether bytes that come in pieces are UTF-8 (RFC 3629 section 4), at the first byte that makes them none.
struct UTF8Check {
    /// How many bytes of a character are still to come, and what the next of them may be.
    private var missing = 0
    private var allowed = Self.usual

    private static let usual: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether the last character is whole.
    var isWhole: Bool { missing == 0 }

    /// - Returns: whether all is well so far.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place < bytes.count {
            if missing == 0 { place = Self.skipASCII(bytes, from: place) }
            guard place < bytes.count else { break }
            guard take(bytes[place]) else { return false }
            place &+= 1
        }
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard allowed.contains(byte) else { return false }
            (missing, allowed) = (missing &- 1, Self.usual)
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: missing = 1
        // Not longer than needed, no surrogates, nothing above U+10FFFF.
        case 0xE0: (missing, allowed) = (2, 0xA0...0xBF)
        case 0xED: (missing, allowed) = (2, 0x80...0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, allowed) = (3, 0x90...0xBF)
        case 0xF1...0xF3: missing = 3
        case 0xF4: (missing, allowed) = (3, 0x80...0x8F)
        default: return false
        }
        return true
    }

    private static func skipASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var place = start
        while bytes.count &- place >= 8 {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            guard word & 0x8080_8080_8080_8080 == 0 else { break }
            place &+= 8
        }
        return place
    }
}
