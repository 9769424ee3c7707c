import Glibc
import Logging
import NIOCore
import NIOPosix

/// Accepts connections on one listening socket.
struct Listener: Sendable {
    private let channel: any Channel
    private let socket: ListeningSocket
    private let children: Children

    /// Starts to accept; the socket belongs to the channel from here on.
    ///
    /// - Parameter loops: those that connections are given to in turn.
    static func start(
        _ socket: ListeningSocket,
        on loop: any EventLoop,
        loops: [any EventLoop],
        group: any EventLoopGroup,
        contexts: [ObjectIdentifier: LoopContext],
        logger: Logger
    ) async throws -> Listener {
        let children = Children(loops: loops, contexts: contexts, isTCP: socket.address.host != nil)
        let channel = try await ServerBootstrap(group: loop, childGroup: group)
            .serverChannelOption(.maxMessagesPerRead, value: OpenFiles.acceptedAtOnce(loops: contexts.count))
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let shared = contexts[ObjectIdentifier(channel.eventLoop)]
                    try channel.pipeline.syncOperations.addHandler(AcceptErrors(shared: shared, logger: logger))
                }
            }
            .childChannelInitializer(children.prepare)
            .withBoundSocket(socket.descriptor)
            .get()
        // NIO has set its own backlog of 128.
        _ = Glibc.listen(socket.descriptor, ListeningSocket.backlog)
        return Listener(channel: channel, socket: socket, children: children)
    }

    /// Stops to accept. Returns when every connection that was there before has its place on a loop: clients that the kernel has
    /// connected already are answered and not reset. Those of an inherited socket wait for the next server.
    func close() async {
        try? await channel.setOption(.autoRead, value: false).get()
        // What was accepted a moment ago is on its way to its loop and back, through these queues.
        for loop in children.loops { try? await loop.submit {}.get() }
        let (channel, socket) = (channel, socket)
        let rest = try? await channel.eventLoop.submit { () -> [CInt] in
            defer { channel.close(promise: nil) }
            return channel.isActive && !socket.isInherited ? socket.acceptAll() : []
        }
        .get()
        for (index, descriptor) in (rest ?? []).enumerated() { await children.adopt(descriptor, index) }
    }
}

extension Listener {
    /// What becomes of connections.
    struct Children: Sendable {
        let loops: [any EventLoop]
        let contexts: [ObjectIdentifier: LoopContext]
        let isTCP: Bool

        /// Bytes of an answer that may wait in the channel before the application is held back, and when it may go on.
        private static let watermarks = ChannelOptions.Types.WriteBufferWaterMark(low: 65_536, high: 131_072)

        /// Never smaller than an ordinary head, which would otherwise take two reads after a few short requests.
        private static let receiveBuffers = AdaptiveRecvByteBufferAllocator(
            minimum: 2048,
            initial: 2048,
            maximum: 65_536
        )

        @Sendable func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
            channel.eventLoop.makeCompletedFuture {
                guard let context = contexts[ObjectIdentifier(channel.eventLoop)] else { return }
                if let options = channel.syncOptions {
                    // One read for each turn: what a client sends more of waits for the others' turns.
                    try options.setOption(.maxMessagesPerRead, value: 1)
                    // And one attempt to write, where a client takes as fast as it is given.
                    try options.setOption(.writeSpin, value: 1)
                    try options.setOption(.recvAllocator, value: Self.receiveBuffers)
                    try options.setOption(.allowRemoteHalfClosure, value: true)
                    try options.setOption(.writeBufferWaterMark, value: Self.watermarks)
                    if isTCP { try options.setOption(.tcpOption(.tcp_nodelay), value: 1) }
                }
                try PlainTransport.open(channel, services: context) {
                    HTTP1Connection(transport: $0, services: context)
                }
            }
        }

        /// Takes a connection in that was accepted by hand.
        func adopt(_ descriptor: CInt, _ index: Int) async {
            _ = try? await ClientBootstrap(group: loops[index % loops.count])
                .channelInitializer(prepare)
                .withConnectedSocket(descriptor)
                .get()
        }
    }
}
