import NIOCore

/// Version 2.
extension ProxyHeader {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    /// What follows the fixed part; nginx takes 4096 bytes in all, the standard asks for 536.
    private static let longestRest = 4080

    /// Nil while bytes are missing.
    static func binary(_ bytes: ByteBuffer) throws(Fault) -> ProxyHeader? {
        guard zip(bytes.readableBytesView, signature).allSatisfy({ $0 == $1 }) else { throw .missing }
        var rest = bytes
        guard rest.readSlice(length: signature.count) != nil,
            let command = rest.readInteger(as: UInt8.self), let family = rest.readInteger(as: UInt8.self),
            let count = rest.readInteger(as: UInt16.self).map(Int.init)
        else { return nil }
        guard command == 0x20 || command == 0x21 else { throw .malformed }
        guard count <= longestRest else { throw .tooLong }
        guard var part = rest.readSlice(length: count) else { return nil }
        let length = signature.count + 4 + count
        guard command == 0x21 else { return ProxyHeader(addresses: nil, length: length) }
        let addresses = try addresses(family, &part)
        try check(part, of: bytes.getSlice(at: bytes.readerIndex, length: length) ?? ByteBuffer())
        return ProxyHeader(addresses: addresses, length: length)
    }

    /// - Parameter part: afterwards, what follows the addresses.
    private static func addresses(_ family: UInt8, _ part: inout ByteBuffer) throws(Fault) -> Addresses? {
        switch family {
        case 0x11: return try addresses(of: 4, &part)
        case 0x21: return try addresses(of: 16, &part)
        case 0x12: return try skip(12, &part)
        case 0x22: return try skip(36, &part)
        case 0x31, 0x32: return try skip(216, &part)
        case 0x00: return nil
        default: throw .malformed
        }
    }

    private static func skip(_ count: Int, _ part: inout ByteBuffer) throws(Fault) -> Addresses? {
        guard part.readSlice(length: count) != nil else { throw .malformed }
        return nil
    }

    private static func addresses(of size: Int, _ part: inout ByteBuffer) throws(Fault) -> Addresses {
        guard let client = part.readSlice(length: size), let server = part.readSlice(length: size),
            let clientPort = part.readInteger(as: UInt16.self), let serverPort = part.readInteger(as: UInt16.self),
            let from = try? SocketAddress(packedIPAddress: client, port: Int(clientPort)),
            let to = try? SocketAddress(packedIPAddress: server, port: Int(serverPort))
        else { throw .malformed }
        return Addresses(client: from, server: to)
    }

    /// Goes through what follows the addresses, each a type, a length and a value.
    private static func check(_ additions: ByteBuffer, of header: ByteBuffer) throws(Fault) {
        var additions = additions
        // What the standard calls UNSPEC has addresses of a length that only the proxy knows.
        guard header.getInteger(at: header.readerIndex + 13, as: UInt8.self) != 0 else { return }
        while let kind = additions.readInteger(as: UInt8.self) {
            // Behind the length.
            let place = header.readableBytes - additions.readableBytes + 2
            guard var value = additions.readLengthPrefixedSlice(as: UInt16.self) else { throw .malformed }
            // PP2_TYPE_CRC32C: over the whole header, with zeros in its place.
            guard kind == 0x03 else { continue }
            guard value.readableBytes == 4, let said = value.readInteger(as: UInt32.self) else { throw .malformed }
            var sum = CRC32C()
            for (index, byte) in zip(0..., header.readableBytesView) {
                sum.add((place..<place + 4).contains(index) ? 0 : byte)
            }
            guard sum.value == said else { throw .checksum }
        }
    }
}

/// RFC 3720 section 12.1. A bit at a time: once for a connection, over at most 4 KB that a trusted proxy sends.
private struct CRC32C {
    private var remainder = UInt32.max

    var value: UInt32 { ~remainder }

    mutating func add(_ byte: UInt8) {
        remainder ^= UInt32(byte)
        for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0x82F6_3B78) }
    }
}
