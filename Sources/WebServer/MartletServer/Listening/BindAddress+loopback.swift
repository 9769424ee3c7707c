import MartletGateway

extension BindAddress {
    private static let loopback = ["127.0.0.0/8", "::1"].compactMap { try? IPNetwork(parsing: $0) }

    /// Whether only this machine can reach it by TCP.
    package var isLoopback: Bool {
        guard case .tcp(var host, _) = self else { return false }
        if host == "localhost" { return true }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard let address = IPAddress(host.utf8) else { return false }
        return Self.loopback.contains { $0.contains(address) }
    }
}
