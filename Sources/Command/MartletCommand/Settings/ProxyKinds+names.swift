import MartletBytes
import MartletProxy
import MartletServer
import NIOCore

extension ProxyKinds {
    /// The address of a name server.
    static var nameServer: SettingKind<SocketAddress> {
        .text(
            "address",
            accepts: "an IP address, with a port where that is not 53, such as `127.0.0.1:5353` or `[::1]:5353`",
            read: { text in
                guard let address = address(text) else {
                    throw SettingError(
                        description: "'\(text)' is no IP address of a name server, such as 127.0.0.1:5353"
                    )
                }
                return address
            },
            write: { address in
                let host = address.ipAddress ?? ""
                return "\(host.contains(":") ? "[\(host)]" : host):\(address.port ?? 53)"
            }
        )
    }

    private static func address(_ text: String) -> SocketAddress? {
        if let address = try? SocketAddress(ipAddress: text, port: 53) { return address }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return try? SocketAddress(ipAddress: String(host), port: port)
    }
}
