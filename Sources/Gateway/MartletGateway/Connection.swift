public import Logging
public import NIOCore

/// The facts of the connection that a request came over: they stay the same for every request on it.
public final class Connection: Sendable {
    /// The peer's address; nil where there is none to tell, as in the in-memory client.
    public let remoteAddress: SocketAddress?
    /// Our own end's address.
    public let localAddress: SocketAddress?
    /// `http` or `https`.
    public let scheme: String
    /// The event loop that the application is called on.
    public let eventLoop: any EventLoop
    /// Counts the connections of this process; the first part of a request's id.
    public let number: UInt64
    public let logger: Logger
    /// The addresses as environ, logs and upstreams want them; made once a connection.
    package let texts: AddressTexts

    public init(
        remoteAddress: SocketAddress?,
        localAddress: SocketAddress?,
        scheme: String = "http",
        eventLoop: any EventLoop,
        number: UInt64,
        logger: Logger
    ) {
        self.remoteAddress = remoteAddress
        self.localAddress = localAddress
        self.scheme = scheme
        self.eventLoop = eventLoop
        self.number = number
        self.logger = logger
        texts = AddressTexts(remote: remoteAddress, local: localAddress, isSecure: scheme == "https")
    }

    /// The facts of one request whose client is not the connection's peer, as trusted proxies tell them.
    ///
    /// - Parameters:
    ///   - remoteAddress: nil where they do not tell.
    ///   - server: the name and the port that the client spoke to; nil where they do not tell.
    package init(
        _ own: Connection,
        remoteAddress: SocketAddress?,
        isSecure: Bool,
        server: (name: [UInt8], port: Int)?
    ) {
        self.remoteAddress = remoteAddress ?? own.remoteAddress
        localAddress = own.localAddress
        scheme = isSecure ? "https" : "http"
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
