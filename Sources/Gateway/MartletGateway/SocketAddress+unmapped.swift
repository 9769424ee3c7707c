internal import NIOCore

extension SocketAddress {
    /// An address of IPv4 that a socket for both versions has given as `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2), as what it is.
    var unmapped: SocketAddress {
        guard case .v6 = self, let address = IPAddress(self), address.isIPv4 else { return self }
        return (try? SocketAddress(ipAddress: "\(address)", port: port ?? 0)) ?? self
    }
}
