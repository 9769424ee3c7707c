import Glibc
import NIOCore

/// The handler next to the socket of a connection that encrypts: what the TLS library writes goes straight to the socket,
/// for NIO's queue of pending writes costs a sixth of a small answer. What the socket does not take goes through the channel.
///
/// Nothing but what comes out of the TLS library passes here, and the answer to a client that speaks plain HTTP.
final class DirectOutput: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = IOData

    private var direct: DirectWriter?
    private var pending: (bytes: ByteBuffer, promise: EventLoopPromise<Void>?)?
    private var context: ChannelHandlerContext?
    /// The library does not decide any more when the socket is closed.
    var isLingering = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        direct = nil
        pending.take()?.promise?.fail(ChannelError.ioOnClosedChannel)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // The library flushes each write, so this is rare.
        passOn(context)
        pending = (unwrapOutboundIn(data), promise)
    }

    func flush(context: ChannelHandlerContext) {
        guard let (output, promise) = pending.take() else { return context.flush() }
        var bytes = output
        if bytes.readableBytes > 0 { direct?.write(&bytes, beside: context.channel) }
        if bytes.readableBytes == 0, direct?.isFree(context.channel) == true {
            promise?.succeed()
        } else {
            pending = (bytes, promise)
            passOn(context)
            context.flush()
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        passOn(context)
        if isLingering { promise?.succeed() } else { context.close(mode: mode, promise: promise) }
    }

    private func passOn(_ context: ChannelHandlerContext) {
        guard let (bytes, promise) = pending.take() else { return }
        direct?.yieldToChannel()
        context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: promise)
    }
}

// MARK: - For the transport

extension DirectOutput {
    func opened(_ channel: any Channel) { direct = DirectWriter(channel) }

    /// Gives bytes to the handlers after this one, as if they had just arrived.
    func deliver(_ bytes: ByteBuffer) {
        context?.fireChannelRead(NIOAny(bytes))
        context?.fireChannelReadComplete()
    }

    /// Writes without encryption.
    func writePlain(_ bytes: ByteBuffer) {
        guard let context else { return }
        write(context: context, data: NIOAny(bytes), promise: nil)
        flush(context: context)
    }

    /// Closes the socket without asking the TLS library, which would wait for the client's word.
    func close(mode: CloseMode = .all) { context?.close(mode: mode, promise: nil) }

    var hasUnreadInput: Bool { direct?.hasUnreadInput == true }
    var hasUntakenOutput: Bool { direct?.hasUntakenOutput == true }

    func isFree(_ channel: any Channel) -> Bool { direct?.isFree(channel) != false }
}
