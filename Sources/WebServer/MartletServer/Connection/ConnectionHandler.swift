import MartletGateway
import MartletHTTP2
import NIOCore

/// The only handler of ours in a connection's channel: it passes the channel's events on to transport and connection.
///
/// A plain connection is one of HTTP/1 until its first bytes are the preface of HTTP/2 (RFC 9113 section 3.3: prior
/// knowledge). Where a proxy is to say who its client is, that comes before.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var connection: any ServerConnection
    private let transport: any Transport
    private let services: LoopContext
    /// The number of the listener that has accepted it.
    private let listener: Int
    private var phase: ListenerNumbers.Phase
    private var info: ConnectionInfo?
    /// The first bytes, while they may still be a preface. Nil once that is known.
    private var opening: ByteBuffer?

    /// - Parameter spoken: the protocol of the connection.
    init(
        _ connection: any ServerConnection,
        transport: any Transport,
        services: LoopContext,
        listener: Int,
        spoken: ConnectionProtocol
    ) {
        self.connection = connection
        self.transport = transport
        self.services = services
        self.listener = listener
        phase = ListenerNumbers.Phase(spoken)
        opening = spoken == .http1 && !transport.isSecure ? ByteBuffer() : nil
    }

    func channelActive(context: ChannelHandlerContext) {
        transport.opened()
        services.numbers[listener: listener].opened(phase)
        let info = ConnectionInfo(
            remoteAddress: context.channel.remoteAddress,
            localAddress: context.channel.localAddress,
            scheme: transport.isSecure ? "https" : "http",
            eventLoop: context.eventLoop,
            number: LoopContext.nextConnectionNumber(),
            logger: services.logger
        )
        self.info = info
        if services.proxies.names(info.remoteAddress) { awaitHeader() }
        guard services.admit(connection, over: transport, from: listener) else { return connection.closeNow() }
        connection.opened(info)
    }

    private func awaitHeader() {
        let next = connection
        let first = opening.take()
        connection = ProxyOpening(transport: transport, services: services) { [unowned self] info, bytes in
            services.replace(connection, by: next)
            (connection, opening, self.info) = (next, first, info)
            next.opened(info)
            if services.isEnding { next.refuseNewRequests() }
            if bytes.readableBytes > 0 { received(bytes) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received(unwrapInboundIn(data))
    }

    private func received(_ bytes: ByteBuffer) {
        if opening == nil { connection.received(bytes) } else { receivedFirst(bytes) }
    }

    private func receivedFirst(_ bytes: ByteBuffer) {
        guard var first = opening.take() else { return }
        if first.readableBytes == 0 { first = bytes } else { first.writeImmutableBuffer(bytes) }
        switch first.withUnsafeReadableBytes(HTTP2Machine.isPreface) {
        case true?:
            let other = ConnectionProtocol.http2.open(over: transport, services: services)
            services.replace(connection, by: other)
            services.numbers[listener: listener].move(&phase, to: .http2)
            connection = other
            if let info { other.opened(info) }
        case false?:
            opening = first
            connection.deadline = min(connection.deadline, services.deadline(.head))
            return
        case nil: break
        }
        connection.received(first)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        transport.isWritable = context.channel.isWritable
        if transport.isWritable { connection.outputIsWelcome() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event as? ChannelEvent == .inputClosed else { return }
        if let first = opening.take(), first.readableBytes > 0 { connection.received(first) }
        connection.inputClosed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the peer, for example. The channel closes by itself, or is closed here.
        connection.closeNow()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.lost()
        services.remove(connection)
        services.numbers[listener: listener].closed(phase)
    }
}
