import MartletBytes

/// The heads of frames (RFC 9113 section 4.1), and numbers as HPACK texts.
extension ByteCursor {
    @inline(__always)
    mutating func writeFrameHead(length: Int, _ type: FrameType, _ flags: FrameFlags, stream: UInt32) {
        guard room >= FrameHead.size else { return }
        put(length: length, type, flags, stream: stream, at: count)
        count &+= FrameHead.size
    }

    /// Writes the head of a frame whose payload is complete, `start` being where it begins.
    @inline(__always)
    func completeFrame(at start: Int, _ type: FrameType, _ flags: FrameFlags, stream: UInt32) {
        guard start &+ FrameHead.size <= count else { return }
        put(length: count &- start &- FrameHead.size, type, flags, stream: stream, at: start)
    }

    @inline(__always)
    private func put(length: Int, _ type: FrameType, _ flags: FrameFlags, stream: UInt32, at place: Int) {
        let word = UInt32(truncatingIfNeeded: length) &<< 8 | UInt32(type.rawValue)
        memory.storeBytes(of: word.bigEndian, toByteOffset: place, as: UInt32.self)
        memory[place &+ 4] = flags.rawValue
        memory.storeBytes(of: stream.bigEndian, toByteOffset: place &+ 5, as: UInt32.self)
    }

    /// A decimal number as an HPACK text without Huffman code (RFC 7541 section 5.2).
    @inline(__always)
    mutating func writeDecimalText(_ number: Int) {
        let digits = Self.digits(of: number)
        guard digits < room else { return }
        write(UInt8(truncatingIfNeeded: digits))
        writeDecimal(number, digits: digits)
    }
}
