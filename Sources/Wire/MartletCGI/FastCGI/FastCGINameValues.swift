import NIOCore

/// Names and values as FastCGI writes them (FastCGI 1.0 section 3.4): both lengths, of one byte below 128 and else of four
/// with the highest bit set, then both texts.
enum FastCGINameValues {
    /// - Throws: ``Overflow`` of the list; ``FastCGIFault/nameValues`` where the bytes end within a pair.
    static func read(_ bytes: ByteBuffer, limits: CGIVariables.Limits) throws(Problem) -> CGIVariables {
        var variables = CGIVariables(within: bytes, limits: limits)
        var rest = bytes
        let start = bytes.readerIndex
        while rest.readableBytes > 0 {
            guard let name = readLength(&rest), let value = readLength(&rest),
                name <= rest.readableBytes, value <= rest.readableBytes - name
            else { throw .fault(.nameValues) }
            let at = rest.readerIndex - start
            rest.moveReaderIndex(forwardBy: name + value)
            do throws(CGIVariables.Overflow) {
                try variables.append(nameAt: at..<(at + name), valueAt: (at + name)..<(at + name + value))
            } catch {
                throw .overflow(error)
            }
        }
        return variables
    }

    enum Problem: Error, Sendable, Equatable {
        case fault(FastCGIFault)
        case overflow(CGIVariables.Overflow)
    }

    private static func readLength(_ bytes: inout ByteBuffer) -> Int? {
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return nil }
        guard first >= 0x80 else {
            bytes.moveReaderIndex(forwardBy: 1)
            return Int(first)
        }
        return bytes.readInteger(as: UInt32.self).map { Int($0 & 0x7FFF_FFFF) }
    }

    static func write(_ variables: CGIVariables, into output: inout ByteBuffer) {
        variables.forEach { write($0, $1, into: &output) }
    }

    static func write(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>, into output: inout ByteBuffer) {
        writeLength(name.count, into: &output)
        writeLength(value.count, into: &output)
        output.writeBytes(name)
        output.writeBytes(value)
    }

    private static func writeLength(_ count: Int, into output: inout ByteBuffer) {
        if count < 0x80 {
            output.writeInteger(UInt8(truncatingIfNeeded: count))
        } else {
            output.writeInteger(UInt32(truncatingIfNeeded: count) | 0x8000_0000)
        }
    }
}
