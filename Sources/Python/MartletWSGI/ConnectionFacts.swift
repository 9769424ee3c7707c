internal import MartletGateway
internal import NIOCore

/// What environ says about the connection, as bytes that are ready to be copied.
struct ConnectionFacts {
    var serverName: [UInt8]
    var serverPort: [UInt8]
    var remoteAddress: [UInt8]
    var remotePort: [UInt8]
    var isSecure: Bool

    /// SERVER_NAME and SERVER_PORT are never empty (PEP 3333), even where the listener is a Unix socket.
    init(_ connection: Connection) {
        isSecure = connection.scheme == "https"
        serverName = Array((connection.localAddress?.ipAddress ?? "localhost").utf8)
        serverPort = Array((connection.localAddress?.port.map(String.init) ?? (isSecure ? "443" : "80")).utf8)
        remoteAddress = Array((connection.remoteAddress?.ipAddress ?? "").utf8)
        remotePort = Array((connection.remoteAddress?.port.map(String.init) ?? "").utf8)
    }
}
