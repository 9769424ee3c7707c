/// Writes into memory, never beyond its end.
struct ByteCursor {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        guard count < memory.count else { return }
        memory[count] = byte
        count &+= 1
    }

    @inline(__always)
    mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress, let place = memory.baseAddress, source.count <= memory.count &- count
            else { return }
            (place + count).copyMemory(from: base, byteCount: source.count)
            count &+= source.count
        }
    }

    @inline(__always)
    mutating func writeFrameHead(length: Int, _ type: FrameType, _ flags: FrameFlags, stream: UInt32) {
        guard memory.count &- count >= FrameHead.size else { return }
        Self.put(length: length, type, flags, stream: stream, at: count, in: memory)
        count &+= FrameHead.size
    }

    /// Writes the head of a frame whose payload is complete, `start` being where it begins.
    @inline(__always)
    func completeFrame(at start: Int, _ type: FrameType, _ flags: FrameFlags, stream: UInt32) {
        guard start &+ FrameHead.size <= count else { return }
        Self.put(length: count &- start &- FrameHead.size, type, flags, stream: stream, at: start, in: memory)
    }

    @inline(__always)
    private static func put(
        length: Int,
        _ type: FrameType,
        _ flags: FrameFlags,
        stream: UInt32,
        at place: Int,
        in memory: UnsafeMutableRawBufferPointer
    ) {
        let word = UInt32(truncatingIfNeeded: length) &<< 8 | UInt32(type.rawValue)
        memory.storeBytes(of: word.bigEndian, toByteOffset: place, as: UInt32.self)
        memory[place &+ 4] = flags.rawValue
        memory.storeBytes(of: stream.bigEndian, toByteOffset: place &+ 5, as: UInt32.self)
    }

    /// A decimal number as an HPACK text without Huffman code.
    @inline(__always)
    mutating func writeDecimalText(_ number: Int) {
        var rest = UInt64(clamping: number)
        var digits = 1
        var bound: UInt64 = 10
        while digits < 19, rest >= bound {
            digits &+= 1
            bound = bound &* 10
        }
        guard digits < memory.count &- count else { return }
        memory[count] = UInt8(truncatingIfNeeded: digits)
        for place in stride(from: count &+ digits, through: count &+ 1, by: -1) {
            memory[place] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        }
        count &+= digits &+ 1
    }
}
