import Glibc
import Logging
import NIOCore
import NIOPosix

/// Accepts connections on one listening socket.
struct Listener: Sendable {
    private let channel: any Channel
    let socket: ListeningSocket
    private let children: Children

    /// Starts to accept. From now on the socket belongs to the channel.
    ///
    /// - Parameters:
    ///   - number: what its connections are counted as.
    ///   - loops: the loops that connections are assigned to in turn.
    static func start(
        _ socket: ListeningSocket,
        number: Int,
        on loop: any EventLoop,
        loops: [any EventLoop],
        group: any EventLoopGroup,
        contexts: [ObjectIdentifier: LoopContext],
        certificates: CertificateStore?,
        logger: Logger
    ) async throws -> Listener {
        let children = Children(
            loops: loops,
            contexts: contexts,
            number: number,
            isTCP: socket.address.host != nil,
            certificates: socket.scheme == .https ? certificates : nil,
            spoken: ConnectionProtocol(socket.scheme)
        )
        let channel = try await ServerBootstrap(group: loop, childGroup: group)
            .serverChannelOption(.maxMessagesPerRead, value: OpenFiles.acceptedAtOnce(loops: contexts.count))
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // NIO has set its own backlog of 128. Nothing is accepted before this has returned.
                    _ = Glibc.listen(socket.descriptor, ListeningSocket.backlog)
                    let shared = contexts[ObjectIdentifier(channel.eventLoop)]
                    try channel.pipeline.syncOperations.addHandler(AcceptErrors(shared: shared, logger: logger))
                }
            }
            .childChannelInitializer(children.prepare)
            .withBoundSocket(socket.descriptor)
            .get()
        return Listener(channel: channel, socket: socket, children: children)
    }

    /// Stops accepting. Returns when every connection that the kernel had accepted before is on a loop, so that those
    /// clients are answered instead of reset. Clients of an inherited socket wait for the next server.
    ///
    /// - Parameter leavesQueue: whether another process accepts from the same socket.
    func close(leavesQueue: Bool = false) async {
        try? await channel.setOption(.autoRead, value: false).get()
        // A connection that was accepted a moment ago may still be in these queues, on its way to its loop.
        for loop in children.loops { try? await loop.submit {}.get() }
        let (channel, socket) = (channel, socket)
        let rest = try? await channel.eventLoop.submit { () -> [CInt] in
            defer { channel.close(promise: nil) }
            return channel.isActive && !socket.isInherited && !leavesQueue ? socket.acceptAll() : []
        }
        .get()
        for (index, descriptor) in (rest ?? []).enumerated() { await children.adopt(descriptor, index) }
    }
}

extension Listener {
    /// Sets up accepted connections.
    struct Children: Sendable {
        let loops: [any EventLoop]
        let contexts: [ObjectIdentifier: LoopContext]
        let number: Int
        let isTCP: Bool
        /// Nil where nothing is encrypted.
        let certificates: CertificateStore?
        /// What is spoken where nothing is encrypted.
        let spoken: ConnectionProtocol

        /// How many bytes may wait in the channel before the application has to wait, and when it may continue.
        private static let watermarks = ChannelOptions.Types.WriteBufferWaterMark(low: 65_536, high: 131_072)

        /// Never smaller than an ordinary head, which would otherwise need two reads after a few short requests.
        private static let receiveBuffers = AdaptiveRecvByteBufferAllocator(
            minimum: 2048,
            initial: 2048,
            maximum: 65_536
        )

        @Sendable func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
            channel.eventLoop.makeCompletedFuture {
                guard let context = contexts[ObjectIdentifier(channel.eventLoop)] else { return }
                if let options = channel.syncOptions {
                    // One read per turn: a client that sends more waits until the others have had theirs.
                    try options.setOption(.maxMessagesPerRead, value: 1)
                    // Also one attempt to write, for a client that takes as fast as it is given.
                    try options.setOption(.writeSpin, value: 1)
                    try options.setOption(.recvAllocator, value: Self.receiveBuffers)
                    try options.setOption(.allowRemoteHalfClosure, value: true)
                    try options.setOption(.writeBufferWaterMark, value: Self.watermarks)
                    if isTCP { try options.setOption(.tcpOption(.tcp_nodelay), value: 1) }
                }
                if let certificates {
                    return try TLSTransport.open(
                        channel,
                        services: context,
                        certificates: certificates,
                        listener: number
                    )
                }
                try PlainTransport.open(channel, services: context, listener: number, spoken)
            }
        }

        /// Adds a connection that was accepted by hand.
        func adopt(_ descriptor: CInt, _ index: Int) async {
            _ = try? await ClientBootstrap(group: loops[index % loops.count])
                .channelInitializer(prepare)
                .withConnectedSocket(descriptor)
                .get()
        }
    }
}
