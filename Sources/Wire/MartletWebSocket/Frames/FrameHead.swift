internal import NIOCore

/// What stands before the content of a frame (RFC 6455 section 5.2).
struct FrameHead {
    let opcode: Opcode
    let isFinal: Bool
    /// Of the content, in bytes.
    let length: Int
    let mask: FrameMask?

    /// Section 5.5.
    static let longestControl = 125

    /// Takes a head off the beginning.
    ///
    /// - Parameter isMasked: whether the peer is a client.
    /// - Returns: nil if it is not all there yet; then nothing is taken.
    static func read(from input: inout ByteBuffer, isMasked: Bool) throws(WebSocketFault) -> FrameHead? {
        var rest = input
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return nil
        }
        guard first & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = Opcode(rawValue: first & 0x0F) else { throw .unknownOpcode(first & 0x0F) }
        if isMasked != (second & 0x80 != 0) { throw isMasked ? .notMasked : .masked }
        let isFinal = first & 0x80 != 0
        if opcode.isControl {
            guard isFinal else { throw .controlFragmented }
            guard second & 0x7F <= longestControl else { throw .controlTooLong }
        }
        guard let length = try readLength(second & 0x7F, from: &rest) else { return nil }
        var mask: FrameMask?
        if isMasked {
            guard let key = rest.readInteger(as: UInt32.self) else { return nil }
            mask = FrameMask(key: key)
        }
        input = rest
        return FrameHead(opcode: opcode, isFinal: isFinal, length: length, mask: mask)
    }

    private static func readLength(_ short: UInt8, from rest: inout ByteBuffer) throws(WebSocketFault) -> Int? {
        switch short {
        case 126:
            guard let length = rest.readInteger(as: UInt16.self) else { return nil }
            guard length > 125 else { throw .lengthNotMinimal }
            return Int(length)
        case 127:
            guard let length = rest.readInteger(as: UInt64.self) else { return nil }
            guard length > UInt64(UInt16.max) else { throw .lengthNotMinimal }
            guard let length = Int(exactly: length) else { throw .lengthTooLarge }
            return length
        default: return Int(short)
        }
    }

    func write(into output: inout ByteBuffer) {
        output.writeInteger(opcode.rawValue | (isFinal ? 0x80 : 0))
        let bit: UInt8 = mask == nil ? 0 : 0x80
        if let short = UInt8(exactly: length), short < 126 {
            output.writeInteger(bit | short)
        } else if let middle = UInt16(exactly: length) {
            output.writeInteger(bit | 126)
            output.writeInteger(middle)
        } else {
            output.writeInteger(bit | 127)
            output.writeInteger(UInt64(length))
        }
        if let mask { output.writeInteger(mask.key) }
    }
}
