import Glibc
import Logging
import NIOCore
import NIOPosix

/// Accepts connections on one listening socket.
struct Listener {
    private let channel: any Channel

    /// Bytes of an answer that may wait in the channel before the application is held back, and when it may go on.
    private static let watermarks = ChannelOptions.Types.WriteBufferWaterMark(low: 65_536, high: 131_072)

    /// Never smaller than an ordinary head, which would otherwise take two reads after a few short requests.
    private static let receiveBuffers = AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 2048, maximum: 65_536)

    /// Starts to accept; the socket belongs to the channel from here on.
    ///
    /// - Parameter children: the loops that connections are given to in turn.
    static func start(
        _ socket: ListeningSocket,
        on loop: any EventLoop,
        children: any EventLoopGroup,
        contexts: [ObjectIdentifier: LoopContext],
        logger: Logger
    ) async throws -> Listener {
        let isTCP = if case .tcp = socket.address { true } else { false }
        let channel = try await ServerBootstrap(group: loop, childGroup: children)
            .serverChannelOption(.maxMessagesPerRead, value: OpenFiles.acceptedAtOnce(loops: contexts.count))
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let shared = contexts[ObjectIdentifier(channel.eventLoop)]
                    try channel.pipeline.syncOperations.addHandler(AcceptErrors(shared: shared, logger: logger))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context = contexts[ObjectIdentifier(channel.eventLoop)] else { return }
                    if let options = channel.syncOptions {
                        // One read for each turn: what a client sends more of waits for the others' turns.
                        try options.setOption(.maxMessagesPerRead, value: 1)
                        // And one attempt to write, where a client takes as fast as it is given.
                        try options.setOption(.writeSpin, value: 1)
                        try options.setOption(.recvAllocator, value: receiveBuffers)
                        try options.setOption(.allowRemoteHalfClosure, value: true)
                        try options.setOption(.writeBufferWaterMark, value: watermarks)
                        if isTCP { try options.setOption(.tcpOption(.tcp_nodelay), value: 1) }
                    }
                    try channel.pipeline.syncOperations.addHandler(HTTP1Connection(shared: context))
                }
            }
            .withBoundSocket(socket.descriptor)
            .get()
        // NIO has set its own backlog of 128.
        _ = Glibc.listen(socket.descriptor, ListeningSocket.backlog)
        return Listener(channel: channel)
    }

    func close() {
        channel.close(promise: nil)
    }
}
