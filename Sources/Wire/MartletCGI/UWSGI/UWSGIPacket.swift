package import NIOCore

/// The head of a request in the uwsgi protocol: four bytes, of which two are a size, and then the variables, each a name and a
/// value with two bytes of length before it. All numbers are little-endian. The body follows.
///
/// https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html
package enum UWSGIPacket {
    /// Two modifiers, and the size between them.
    private static let headBytes = 4
    /// The largest size that the head can say.
    package static let maximumSize = 65_535

    /// A web request; with 30 SCRIPT_NAME is to be taken off the path, which is done in any case (``CGIPath``).
    private static let modifiers: Set<UInt8> = [0, 30]

    /// Takes a packet off the input.
    ///
    /// - Returns: nil if it is not whole.
    package static func read(
        _ input: inout ByteBuffer,
        limits: CGIVariables.Limits
    ) throws(CGIFault) -> CGIVariables? {
        let start = input.readerIndex
        guard let modifier = input.getInteger(at: start, as: UInt8.self) else { return nil }
        if !modifiers.contains(modifier) {
            // Four bytes show whose they are.
            guard input.readableBytes >= headBytes else { return nil }
            if let stranger = Stranger(input) { throw stranger.fault(.uwsgi) }
            throw .modifier(modifier)
        }
        guard let size = input.getInteger(at: start + 1, endianness: .little, as: UInt16.self) else { return nil }
        // As soon as it is known, so that nobody has to wait for what is refused in any case.
        guard Int(size) <= limits.bytes else { throw .tooManyBytes(limit: limits.bytes) }
        guard let block = input.getSlice(at: start + headBytes, length: Int(size)) else { return nil }
        input.moveReaderIndex(forwardBy: headBytes + Int(size))
        return try variables(in: block, limits)
    }

    private static func variables(
        in block: ByteBuffer,
        _ limits: CGIVariables.Limits
    ) throws(CGIFault) -> CGIVariables {
        var variables = CGIVariables(within: block, limits: limits)
        let base = block.readerIndex
        var index = 0
        func text() throws(CGIFault) -> Range<Int> {
            guard let length = block.getInteger(at: base + index, endianness: .little, as: UInt16.self),
                Int(length) <= block.readableBytes - index - 2
            else { throw .brokenPacket }
            let start = index + 2
            index = start + Int(length)
            return start..<index
        }
        while index < block.readableBytes {
            let name = try text()
            let value = try text()
            do throws(CGIVariables.Overflow) { try variables.append(nameAt: name, valueAt: value) } catch {
                throw CGIFault(error)
            }
        }
        return variables
    }

    /// Writes a packet.
    ///
    /// - Throws: where the variables are more than a packet holds.
    package static func write(
        _ variables: CGIVariables,
        into output: inout ByteBuffer
    ) throws(CGIVariables.Overflow) {
        let size = variables.size &+ variables.entries.count &* 4
        guard let wireSize = UInt16(exactly: size) else { throw .tooManyBytes(limit: maximumSize) }
        output.reserveCapacity(minimumWritableBytes: headBytes &+ size)
        output.writeInteger(0, as: UInt8.self)
        output.writeInteger(wireSize, endianness: .little)
        output.writeInteger(0, as: UInt8.self)
        variables.forEach { name, value in
            for text in [name, value] {
                // Neither is longer than the whole.
                output.writeInteger(UInt16(truncatingIfNeeded: text.count), endianness: .little)
                output.writeBytes(text)
            }
        }
    }
}
