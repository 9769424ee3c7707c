internal import Glibc
package import NIOCore

/// An IPv4 or IPv6 address. IPv4 addresses are stored in IPv4-mapped form (RFC 4291 section 2.5.5.2), so that a client
/// of a dual-stack listener compares equal.
package struct IPAddress: Sendable, Hashable {
    /// The 128 bits, in network order.
    package let high: UInt64
    package let low: UInt64

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads `192.0.2.1` or `2001:db8::1`, without brackets, port or zone.
    package init?(_ text: some Collection<UInt8>) {
        let read = text.withContiguousStorageIfAvailable { Self(reading: UnsafeRawBufferPointer($0)) }
        guard let address = read ?? Array(text).withUnsafeBytes({ Self(reading: $0) }) else { return nil }
        self = address
    }

    /// Not generic: this is done for each request that a proxy passes on.
    private init?(reading text: UnsafeRawBufferPointer) {
        // `0000:0000:0000:0000:0000:ffff:255.255.255.255`
        guard (2...45).contains(text.count), !text.contains(0) else { return nil }
        let isIPv6 = text.contains(UInt8(ascii: ":"))
        var words: (UInt64, UInt64) = (0, 0)
        let isRead = withUnsafeTemporaryAllocation(byteCount: 46, alignment: 1) { terminated in
            terminated.copyMemory(from: text)
            terminated[text.count] = 0
            guard let base = terminated.baseAddress?.assumingMemoryBound(to: CChar.self) else { return false }
            return inet_pton(isIPv6 ? AF_INET6 : AF_INET, base, &words) == 1
        }
        guard isRead else { return nil }
        if isIPv6 {
            self.init(high: UInt64(bigEndian: words.0), low: UInt64(bigEndian: words.1))
        } else {
            self.init(high: 0, low: 0xFFFF << 32 | UInt64(bigEndian: words.0) >> 32)
        }
    }

    /// Nil for a Unix socket.
    package init?(_ address: SocketAddress) {
        // The offsets of the address in sockaddr_in and sockaddr_in6.
        let place: Range<Int>
        switch address {
        case .v4: place = 4..<8
        case .v6: place = 8..<24
        case .unixDomainSocket: return nil
        }
        let bytes = address.withSockAddr { pointer, size in Array(UnsafeRawBufferPointer(start: pointer, count: size)) }
        guard bytes.count >= place.upperBound else { return nil }
        self.init(networkOrder: bytes[place])
    }

    /// The address of a socket.
    package func socketAddress(port: UInt16) -> SocketAddress? {
        var packed = ByteBuffer()
        if isIPv4 {
            packed.writeInteger(UInt32(truncatingIfNeeded: low))
        } else {
            packed.writeMultipleIntegers(high, low)
        }
        return try? SocketAddress(packedIPAddress: packed, port: Int(port))
    }

    /// - Parameter bytes: in network order; nil unless there are 4 or 16.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.init(networkOrder: bytes[...])
    }

    private init(networkOrder bytes: ArraySlice<UInt8>) {
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        if bytes.count == 4 {
            self.init(high: 0, low: 0xFFFF << 32 | number(bytes))
        } else {
            self.init(high: number(bytes.prefix(8)), low: number(bytes.dropFirst(8)))
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical text (RFC 5952).
    package var description: String {
        if isIPv4 { return [24, 16, 8, 0].map { "\(low >> $0 & 0xFF)" }.joined(separator: ".") }
        let bytes = [high.bigEndian, low.bigEndian]
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            guard let base = text.baseAddress, inet_ntop(AF_INET6, bytes, base, socklen_t(text.count)) != nil else {
                return ""
            }
            return String(cString: base)
        }
    }
}
