import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// One HTTP/1 connection: the only handler of its channel, over raw bytes.
///
/// The rules:
///
/// 1. One request at a time. Bytes behind it stay in `inbound` until its answer is written; too many of them, and the
///    connection is not read from.
/// 2. `process()` is the only place that moves from one request to the next, and it is a loop: neither many pipelined
///    requests nor answers that are ready at once make it recursive.
/// 3. Answers gather in one buffer of the loop and leave in one write when `process()` is done.
/// 4. Everything here happens on the event loop. The application's task prefers it as executor; what may come from another
///    thread hops first.
/// 5. No timers: a deadline is a number that the loop's tick compares.
final class HTTP1Connection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = IOData

    enum Phase {
        /// Between requests.
        case idle
        /// Part of a head is here.
        case head
        /// The application has a request.
        case exchange
        /// The answer is out, and the rest of the request's body is thrown away.
        case draining
        /// The application owns both directions.
        case upgraded
        /// Nothing more is made; what is written is on its way.
        case finishing
        /// All is sent; the client gets time to read it.
        case lingering
        case closed
    }

    /// Bytes that wait behind a request before the connection is no longer read from.
    static let backlogBytes = 65_536
    /// Requests of one connection that are begun in one turn of the loop, however many are here.
    private static let headsInOneTurn = 64

    let shared: LoopContext
    var context: ChannelHandlerContext?
    /// Place in the loop's list.
    var index = 0
    var facts: Connection?
    var informer: ConnectionInformer?
    var clientText: [UInt8] = []

    var phase = Phase.idle
    var deadline = NIODeadline.distantFuture
    /// Until when a client must have sent something where its bytes are only thrown away.
    var silence = NIODeadline.distantFuture
    var sequence: UInt64 = 0

    var inbound = ByteBuffer()
    var parser: RequestParser
    var head: RequestHead?
    var inputIsClosed = false
    var isReading = true
    private var isProcessing = false

    var exchange = Exchange()
    var pendingRequest: Request?
    var task: Task<Void, Never>?
    var body: IncomingBody?

    var channel: (any Channel)?
    var direct: DirectWriter?
    /// Whether the channel takes more; kept here because asking it is not free.
    var isWritable = true
    var output: ByteBuffer?
    var needsFlush = false
    /// A normal end would say that a broken answer was whole.
    var endsWithReset = false
    var writers: [UnsafeContinuation<Void, any Error>] = []
    var transfer: FileTransfer?
    var stall = SendStall()

    init(shared: LoopContext) {
        self.shared = shared
        parser = RequestParser(limits: shared.headLimits)
    }

    var isIdle: Bool { phase == .idle && inbound.readableBytes == 0 }
}

// MARK: - What the channel says

extension HTTP1Connection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        channel = context.channel
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        channel = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        let place = shared.add(self)
        guard place != .refused, !shared.isDraining else { return closeNow() }
        if place == .asked {
            isReading = false
            try? context.channel.syncOptions?.setOption(.autoRead, value: false)
        }
        deadline = shared.deadline(.idle)
        let informer = ConnectionInformer(self)
        self.informer = informer
        direct = DirectWriter(context.channel)
        facts = Connection(
            remoteAddress: context.channel.remoteAddress,
            localAddress: context.channel.localAddress,
            eventLoop: context.eventLoop,
            number: LoopContext.nextConnectionNumber(),
            logger: shared.logger,
            informer: informer
        )
        if shared.isLogging {
            clientText = Array((context.channel.remoteAddress?.ipAddress ?? "unix:").utf8)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        if inbound.readableBytes == 0 {
            inbound = received
        } else {
            if inbound.readerIndex > Self.backlogBytes { inbound.discardReadBytes() }
            inbound.writeBuffer(&received)
        }
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        guard isWritable else { return }
        stall.reset()
        resumeWriters()
        process()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { inputClosed() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Reset by the peer, and the like: the channel closes by itself or is closed here.
        closeNow()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connectionLost()
        shared.remove(self)
    }
}

// MARK: - From one request to the next

extension HTTP1Connection {
    /// Does whatever can be done with the bytes that are here, then sends what came of it.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        var goesOn = true
        var headsLeft = Self.headsInOneTurn
        while goesOn {
            switch phase {
            case .idle, .head:
                if headsLeft == 0 {
                    shared.turns.next { self.process() }
                    goesOn = false
                } else {
                    headsLeft &-= 1
                    goesOn = readHead()
                }
            case .exchange: goesOn = readBody()
            case .draining: goesOn = discardBody()
            case .upgraded: goesOn = readRaw()
            case .finishing, .lingering: goesOn = discardInput()
            case .closed: goesOn = false
            }
        }
        isProcessing = false
        // The channel gets its buffer back, to read into again.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        flush()
        updateReading()
    }

    /// Whether a flush is sure to follow when control returns to the loop.
    var willFlush: Bool { isProcessing }

    /// Reads from the client, or not, as the state asks for.
    func updateReading() {
        let wanted: Bool
        switch phase {
        case .exchange, .upgraded:
            wanted = body.map { !$0.isHeldBack } ?? true && inbound.readableBytes < Self.backlogBytes
        case .idle, .head:
            wanted = inbound.readableBytes < Self.backlogBytes
        case .draining, .finishing, .lingering: wanted = true
        case .closed: return
        }
        guard wanted != isReading, let channel else { return }
        isReading = wanted
        try? channel.syncOptions?.setOption(.autoRead, value: wanted)
    }
}
