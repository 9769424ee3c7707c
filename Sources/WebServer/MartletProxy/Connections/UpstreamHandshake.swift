import NIOCore
import NIOSSL
import NIOTLS

/// A connection to an upstream until it encrypts, and both sides have agreed on a protocol (RFC 7301). The connection in that
/// protocol then takes its place.
final class UpstreamHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let successor: (_ speaksHTTP2: Bool) -> any ChannelHandler
    private let timeout: TimeAmount
    /// Whose certificate is expected; nil where none is, or that of an address.
    private let name: String?
    private var whenFailed: ((any Error) -> Void)?
    private var failure: (any Error)?
    private var deadline: Scheduled<Void>?

    init(
        timeout: TimeAmount,
        for name: String?,
        whenFailed: @escaping (any Error) -> Void,
        successor: @escaping (_ speaksHTTP2: Bool) -> any ChannelHandler
    ) {
        self.timeout = timeout
        self.name = name
        self.whenFailed = whenFailed
        self.successor = successor
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let agreed)? = event as? TLSUserEvent, whenFailed != nil else { return }
        let pipeline = context.pipeline.syncOperations
        if let problem = WildcardName(in: try? pipeline.nioSSL_peerCertificate(), for: name) {
            failure = failure ?? problem
            return context.close(promise: nil)
        }
        whenFailed = nil
        deadline?.cancel()
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
