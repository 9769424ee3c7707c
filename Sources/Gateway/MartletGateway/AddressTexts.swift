internal import NIOCore

/// A connection's addresses as the texts of CGI's variables (RFC 3875 section 4.1), as bytes.
package struct AddressTexts: Sendable {
    /// Never empty (PEP 3333), even if the listener is a Unix socket.
    package let serverName: [UInt8]
    /// Never empty, as above.
    package let serverPort: [UInt8]
    /// Empty if the client came over a Unix socket.
    package let remoteAddress: [UInt8]
    package let remotePort: [UInt8]
    package let isSecure: Bool

    /// - Parameter server: name and port, if they are not those of the listener.
    init(remote: SocketAddress?, local: SocketAddress?, isSecure: Bool, server: (name: [UInt8], port: Int)? = nil) {
        self.isSecure = isSecure
        if let server {
            serverName = server.name
            serverPort = Array(String(server.port).utf8)
        } else {
            serverName = Array((local?.ipAddress ?? "localhost").utf8)
            serverPort = Array((local?.port.map(String.init) ?? (isSecure ? "443" : "80")).utf8)
        }
        remoteAddress = Array((remote?.ipAddress ?? "").utf8)
        // No client has port 0: it means that the proxy did not say.
        remotePort = Array((remote?.port.flatMap { $0 > 0 ? String($0) : nil } ?? "").utf8)
    }
}
