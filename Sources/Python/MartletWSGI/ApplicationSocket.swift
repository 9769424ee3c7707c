internal import CMartletWorker
internal import Glibc
internal import MartletGateway
internal import NIOCore
internal import NIOPosix

/// The server's end of the socket pair whose other end an application has as `werkzeug.socket`. Used on one event loop.
///
/// Bytes of the application go into a ``BodyStream``, which holds the application back when the client is slower.
final class ApplicationSocket: ChannelInboundHandler, BodySource, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The channel has a copy of it.
    private let descriptor: OwnedDescriptor
    private let eventLoop: any EventLoop
    private let onFirstBytes: () -> Void
    private var channel: (any Channel)?
    private var hasReceived = false
    private var isHeldBack = false
    private var isClosed = false
    private var writes: EventLoopPromise<any Channel>
    /// What the application writes.
    private(set) lazy var input = BodyStream(length: nil, source: self)

    /// Nil where that is no end of a socket pair.
    init?(_ descriptor: OwnedDescriptor, eventLoop: any EventLoop, onFirstBytes: @escaping () -> Void) {
        let copy = fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0)
        guard martlet_is_local_stream(descriptor.number) != 0, copy >= 0 else {
            if copy >= 0 { _ = Glibc.close(copy) }
            return nil
        }
        self.descriptor = descriptor
        self.eventLoop = eventLoop
        self.onFirstBytes = onFirstBytes
        writes = eventLoop.makePromise()
        let connected = ClientBootstrap(group: eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(self) }
            }
            .withConnectedSocket(copy)
        connected.whenComplete { result in
            switch result {
            case .success(let channel):
                self.channel = channel
                if self.isClosed { channel.close(promise: nil) } else { channel.read() }
            case .failure(let error):
                self.input.fail(error)
            }
        }
        connected.cascade(to: writes)
    }

    /// Whether the application has written something.
    var hasSpoken: Bool {
        if hasReceived { return true }
        var byte: UInt8 = 0
        return recv(descriptor.number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Returns when the application's end has taken the bytes, or its buffer has.
    func write(_ bytes: ByteBuffer) async throws {
        try await writes.futureResult.get().writeAndFlush(bytes)
    }

    /// The client sends nothing more.
    func endOutput() {
        shutdown(descriptor.number, Int32(SHUT_WR))
    }

    /// The application reads the end of the stream from now on, and its writes fail.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        shutdown(descriptor.number, Int32(SHUT_RDWR))
        channel?.close(promise: nil)
        input.finish()
    }

    func bodyIsWanted() {
        guard eventLoop.inEventLoop else { return eventLoop.execute { self.bodyIsWanted() } }
        guard isHeldBack else { return }
        isHeldBack = false
        channel?.read()
    }

    // MARK: - What the channel says

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !input.feed(unwrapInboundIn(data)) { isHeldBack = true }
        guard !hasReceived else { return }
        hasReceived = true
        onFirstBytes()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !isHeldBack { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { input.finish() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        input.finish()
    }
}
