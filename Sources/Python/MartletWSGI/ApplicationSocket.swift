internal import CMartletWorker
internal import Glibc
internal import MartletGateway
internal import NIOCore
internal import NIOPosix

/// The server's end of the socket pair whose other end an application has as `werkzeug.socket`. Used on one event loop.
///
/// Bytes of the application go into a ``BodyStream``, which holds the application back when the client is slower.
final class ApplicationSocket: ChannelInboundHandler, @unchecked Sendable {
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
    private let connected: EventLoopFuture<any Channel>
    /// What the application writes.
    let input: BodyStream

    /// Does not keep the socket alive, which keeps the stream.
    private final class Reader: BodySource, @unchecked Sendable {
        weak var socket: ApplicationSocket?
        func bodyIsWanted() { socket?.bytesAreWanted() }
    }

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
        let reader = Reader()
        input = BodyStream(length: nil, source: reader)
        let handler = eventLoop.makePromise(of: ApplicationSocket.self)
        connected = ClientBootstrap(group: eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                handler.futureResult.flatMapThrowing { try channel.pipeline.syncOperations.addHandler($0) }
            }
            .withConnectedSocket(copy)
        reader.socket = self
        handler.succeed(self)
        connected.whenComplete { result in
            switch result {
            case .success(let channel):
                self.channel = channel
                if self.isClosed { channel.close(promise: nil) } else { channel.read() }
            case .failure(let error):
                self.input.fail(error)
            }
        }
    }

    /// Whether the application has written something.
    var hasSpoken: Bool {
        if hasReceived { return true }
        var byte: UInt8 = 0
        return recv(descriptor.number, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Returns when the application's end has taken the bytes, or its buffer has.
    func write(_ bytes: ByteBuffer) async throws {
        try await connected.get().writeAndFlush(bytes)
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

    private func bytesAreWanted() {
        guard eventLoop.inEventLoop else { return eventLoop.execute { self.bytesAreWanted() } }
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
