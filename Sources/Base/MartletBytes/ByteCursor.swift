/// Writes into memory, never beyond its end: what does not fit whole is left out.
@frozen @usableFromInline package struct ByteCursor {
    @usableFromInline package let memory: UnsafeMutableRawBufferPointer
    /// How many bytes were written.
    @usableFromInline package var count = 0

    @inlinable @inline(__always)
    package init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    @inlinable @inline(__always)
    package var room: Int { memory.count &- count }

    @inlinable @inline(__always)
    package mutating func write(_ byte: UInt8) {
        guard room > 0 else { return }
        memory[count] = byte
        count &+= 1
    }

    @inlinable @inline(__always)
    package mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress, let place = memory.baseAddress, source.count <= room else { return }
            (place + count).copyMemory(from: base, byteCount: source.count)
            count &+= source.count
        }
    }

    @inlinable @inline(__always)
    package mutating func write(_ source: UnsafeRawBufferPointer) {
        guard let base = source.baseAddress, let place = memory.baseAddress, source.count <= room else { return }
        (place + count).copyMemory(from: base, byteCount: source.count)
        count &+= source.count
    }

    @inlinable @inline(__always)
    package mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a decimal number; a negative one is 0.
    @inlinable @inline(__always)
    package mutating func writeDecimal(_ number: Int) { writeDecimal(number, digits: Self.digits(of: number)) }

    /// - Parameter digits: how many the number has.
    @inlinable @inline(__always)
    package mutating func writeDecimal(_ number: Int, digits: Int) {
        guard digits <= room else { return }
        var rest = UInt64(clamping: number)
        for place in stride(from: count &+ digits &- 1, through: count, by: -1) {
            memory[place] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        }
        count &+= digits
    }

    @inlinable @inline(__always)
    package static func digits(of number: Int) -> Int {
        let number = UInt64(clamping: number)
        var digits = 1
        var bound: UInt64 = 10
        while digits < 19, number >= bound {
            digits &+= 1
            bound = bound &* 10
        }
        return digits
    }
}
