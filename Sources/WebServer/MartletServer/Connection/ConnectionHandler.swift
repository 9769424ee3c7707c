import MartletGateway
import NIOCore

/// The only handler of ours in a connection's channel: it passes the channel's events on to transport and connection.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: any ServerConnection
    private let transport: any Transport
    private let services: LoopContext

    init(_ connection: any ServerConnection, transport: any Transport, services: LoopContext) {
        self.connection = connection
        self.transport = transport
        self.services = services
    }

    func channelActive(context: ChannelHandlerContext) {
        transport.opened()
        switch services.add(connection) {
        case .granted: break
        // Do not read before another loop has made room.
        case .asked: transport.setReading(false)
        case .refused: return connection.closeNow()
        }
        guard !services.isEnding else { return connection.closeNow() }
        connection.opened(
            ConnectionInfo(
                remoteAddress: context.channel.remoteAddress,
                localAddress: context.channel.localAddress,
                scheme: transport.isSecure ? "https" : "http",
                eventLoop: context.eventLoop,
                number: LoopContext.nextConnectionNumber(),
                logger: services.logger
            )
        )
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.received(unwrapInboundIn(data))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        transport.isWritable = context.channel.isWritable
        if transport.isWritable { connection.outputIsWelcome() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { connection.inputClosed() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the peer, for example. The channel closes by itself, or is closed here.
        connection.closeNow()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.lost()
        services.remove(connection)
    }
}
