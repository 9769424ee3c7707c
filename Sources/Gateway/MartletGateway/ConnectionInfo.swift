public import Logging
public import NIOCore

/// What is known of the connection that a request came over; the same for every request on it.
public final class ConnectionInfo: Sendable {
    /// The peer's address; nil if there is none, as in the in-memory client. A client of IPv4 has an address of IPv4, also
    /// where it came to a socket for both.
    public let remoteAddress: SocketAddress?
    /// Our own end's address.
    public let localAddress: SocketAddress?
    /// `http` or `https`.
    public let scheme: String
    /// Of a connection that this server encrypts itself. Nil where a proxy in front does, whatever the scheme.
    public let tls: TLSInfo?
    /// The event loop that the application is called on.
    public let eventLoop: any EventLoop
    /// Counts the connections of this process; the first part of a request's id.
    public let number: UInt64
    public let logger: Logger
    /// The addresses as text for environ, logs and upstreams; made once per connection.
    package let texts: AddressTexts

    /// The peer as logs name it: its address, or `unix:`.
    package var clientName: String { remoteAddress.map { $0.ipAddress ?? "unix:" } ?? "unknown" }

    public init(
        remoteAddress: SocketAddress?,
        localAddress: SocketAddress?,
        scheme: String = "http",
        tls: TLSInfo? = nil,
        eventLoop: any EventLoop,
        number: UInt64,
        logger: Logger
    ) {
        self.remoteAddress = remoteAddress?.unmapped
        self.localAddress = localAddress?.unmapped
        self.scheme = scheme
        self.tls = tls
        self.eventLoop = eventLoop
        self.number = number
        self.logger = logger
        texts = AddressTexts(remote: self.remoteAddress, local: self.localAddress, isSecure: scheme == "https")
    }

    /// The same for one request whose client is not the connection's peer, as told by trusted proxies.
    ///
    /// - Parameters:
    ///   - remoteAddress: nil if they do not say.
    ///   - server: the name and the port that the client spoke to; nil if they do not say.
    package init(
        _ own: ConnectionInfo,
        remoteAddress: SocketAddress?,
        isSecure: Bool,
        server: (name: [UInt8], port: Int)?
    ) {
        self.remoteAddress = remoteAddress ?? own.remoteAddress
        localAddress = own.localAddress
        scheme = isSecure ? "https" : "http"
        tls = own.tls
        eventLoop = own.eventLoop
        number = own.number
        logger = own.logger
        texts = AddressTexts(
            remote: self.remoteAddress,
            local: localAddress,
            isSecure: isSecure,
            server: server
        )
    }
}
