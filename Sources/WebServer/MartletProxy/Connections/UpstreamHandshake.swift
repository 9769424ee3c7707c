import NIOCore
import NIOTLS

/// A connection to an upstream until it encrypts, and both sides have agreed on a protocol (RFC 7301). The connection in that
/// protocol then takes its place.
final class UpstreamHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let successor: (_ speaksHTTP2: Bool) -> any ChannelHandler
    private let timeout: TimeAmount
    private var whenFailed: ((any Error) -> Void)?
    private var failure: (any Error)?
    private var deadline: Scheduled<Void>?

    init(
        timeout: TimeAmount,
        whenFailed: @escaping (any Error) -> Void,
        successor: @escaping (_ speaksHTTP2: Bool) -> any ChannelHandler
    ) {
        self.timeout = timeout
        self.whenFailed = whenFailed
        self.successor = successor
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let agreed)? = event as? TLSUserEvent, whenFailed != nil else { return }
        whenFailed = nil
        deadline?.cancel()
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(successor(agreed == "h2"), position: .after(self))
            context.fireChannelActive()
            pipeline.removeHandler(context: context, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard whenFailed != nil else { return context.fireErrorCaught(error) }
        failure = failure ?? error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        whenFailed.take()?(failure ?? ChannelError.eof)
        context.fireChannelInactive()
    }
}
