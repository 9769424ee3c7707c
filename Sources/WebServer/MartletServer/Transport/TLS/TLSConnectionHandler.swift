import MartletGateway
import NIOCore
import NIOSSL
import NIOTLS

/// The last handler in the channel of a connection that encrypts: it tells the handshake, then the connection in the protocol
/// that it has agreed on, what the channel says.
final class TLSConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let handshake: TLSHandshake
    private var connection: any ServerConnection
    private let transport: TLSTransport
    private let services: LoopContext
    /// The number of the listener that has accepted it.
    private let listener: Int
    private var phase = ListenerNumbers.Phase.handshake

    init(_ handshake: TLSHandshake, transport: TLSTransport, services: LoopContext, listener: Int) {
        self.handshake = handshake
        connection = handshake
        self.transport = transport
        self.services = services
        self.listener = listener
    }

    func channelActive(context: ChannelHandlerContext) {
        transport.opened()
        services.numbers[listener: listener].opened(phase)
        let info = ConnectionInfo(
            remoteAddress: context.channel.remoteAddress,
            localAddress: context.channel.localAddress,
            scheme: "https",
            eventLoop: context.eventLoop,
            number: LoopContext.nextConnectionNumber(),
            logger: services.logger
        )
        if services.proxies.names(info.remoteAddress) { awaitHeader() }
        guard services.admit(connection, over: transport, from: listener) else { return connection.closeNow() }
        connection.opened(info)
    }

    private func awaitHeader() {
        connection = ProxyOpening(transport: transport, services: services) { [unowned self] info, bytes in
            services.replace(connection, by: handshake)
            connection = handshake
            handshake.opened(info)
            if services.isEnding { handshake.refuseNewRequests() }
            if bytes.readableBytes > 0 { handshake.received(bytes) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.received(unwrapInboundIn(data))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { transport.writabilityChanged() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as ChannelEvent where event == .inputClosed: connection.inputClosed()
        case TLSUserEvent.handshakeCompleted(let name) where connection === handshake: agreed(on: name)
        default: break
        }
    }

    /// Both sides encrypt from now on.
    private func agreed(on name: String?) {
        // A connection that proves that a name is this server's ends here (RFC 8737 section 3).
        guard let site = handshake.site, let own = handshake.info else { return connection.closeNow() }
        let tls = TLSInfo(
            serverName: handshake.hello.serverName,
            version: transport.library?.tlsVersion.map(\.name),
            applicationProtocol: name,
            clientCertificate: site.demand != nil
                ? transport.library?.peerCertificate.flatMap(ClientCertificate.init) : nil,
            coverage: site.coverage(of: handshake.hello.serverName, since: handshake.version)
        )
        let agreed = ConnectionProtocol(alpn: name)
        services.numbers[listener: listener].handshakes &+= 1
        services.numbers[listener: listener].move(&phase, to: .init(agreed))
        let other = agreed.open(over: transport, services: services)
        services.replace(connection, by: other)
        connection = other
        transport.connection = other
        other.opened(
            ConnectionInfo(
                remoteAddress: own.remoteAddress,
                localAddress: own.localAddress,
                scheme: own.scheme,
                tls: tls,
                eventLoop: own.eventLoop,
                number: own.number,
                logger: own.logger
            )
        )
        if services.isEnding { other.refuseNewRequests() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Also that a client has ended the connection without its last word: what it has sent may be cut off.
        if connection === handshake { handshake.failed(error) } else { connection.closeNow() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.lost()
        services.remove(connection)
        services.numbers[listener: listener].closed(phase)
        if phase == .handshake, handshake.hasFailed { services.numbers[listener: listener].failedHandshakes &+= 1 }
        transport.forgetOutput()
    }
}
