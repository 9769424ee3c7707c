import MartletCGI
import MartletGateway
import NIOCore

/// What peers that speak CGI's protocols say of their clients: their variables are what forwarding fields are in HTTP, and are
/// believed of the same peers.
extension RequestMaker {
    /// The connection as one request sees it.
    ///
    /// - Returns: nil if the peer is not trusted: then it is the client itself.
    func info(saying origin: CGIOrigin) -> ConnectionInfo? {
        let peer = info.remoteAddress.flatMap(IPAddress.init).map { ForwardedResolver.Peer.address($0) } ?? .unix
        guard services.forwarded.trusts(peer) else {
            services.untrustedPeers.note(peer, field: "REMOTE_ADDR", logger: services.logger)
            return nil
        }
        let isSecure = origin.isSecure ?? false
        return ConnectionInfo(
            info,
            remoteAddress: Self.address(origin),
            isSecure: isSecure,
            server: origin.serverName.map { ($0, origin.serverPort ?? (isSecure ? 443 : 80)) }
        )
    }

    /// Nil where it is not said, or is no address.
    private static func address(_ origin: CGIOrigin) -> SocketAddress? {
        // nginx, of a client that came over a Unix socket.
        if origin.address.elementsEqual("unix:".utf8) { return try? SocketAddress(unixDomainSocketPath: "") }
        guard let address = IPAddress(origin.address) else { return nil }
        return address.socketAddress(port: origin.port.flatMap { UInt16(exactly: $0) } ?? 0)
    }
}
