#if Hummingbird
internal import MartletGateway
internal import NIOCore

/// What Hummingbird sees of a connection: its addresses and its loop. It cannot be read, written or closed, since the server does
/// that.
final class RequestChannel: Channel, ChannelCore {
    let allocator = ByteBufferAllocator()
    let eventLoop: any EventLoop
    let localAddress: SocketAddress?
    let remoteAddress: SocketAddress?
    let parent: (any Channel)? = nil
    let isWritable = false
    let isActive = true
    private let closed: EventLoopPromise<Void>

    init(_ connection: ConnectionInfo) {
        eventLoop = connection.eventLoop
        localAddress = connection.localAddress
        remoteAddress = connection.remoteAddress
        closed = connection.eventLoop.makePromise()
    }

    deinit { closed.succeed() }

    /// Done when nobody needs the request any more.
    var closeFuture: EventLoopFuture<Void> { closed.futureResult }
    /// Empty, and made anew: a pipeline keeps its channel.
    var pipeline: ChannelPipeline { ChannelPipeline(channel: self) }
    var _channelCore: any ChannelCore { self }

    private static var unsupported: any Error { ChannelError.operationUnsupported }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        eventLoop.makeFailedFuture(Self.unsupported)
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        eventLoop.makeFailedFuture(Self.unsupported)
    }

    func localAddress0() throws -> SocketAddress { try Self.known(localAddress) }
    func remoteAddress0() throws -> SocketAddress { try Self.known(remoteAddress) }

    private static func known(_ address: SocketAddress?) throws -> SocketAddress {
        guard let address else { throw ChannelError.unknownLocalAddress }
        return address
    }

    func register0(promise: EventLoopPromise<Void>?) { promise?.fail(Self.unsupported) }
    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { promise?.fail(Self.unsupported) }
    func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(Self.unsupported) }
    func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) { promise?.fail(Self.unsupported) }
    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) { promise?.fail(Self.unsupported) }
    func flush0() {}
    func read0() {}
    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) { promise?.fail(Self.unsupported) }
    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) { promise?.fail(Self.unsupported) }
    func channelRead0(_ data: NIOAny) {}
    func errorCaught0(error: any Error) {}
}
#endif
