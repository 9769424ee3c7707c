import Glibc
import Logging
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore
import Synchronization

/// What the connections of one event loop share. Everything in it is touched on that loop's thread only.
///
/// There is one timer per loop instead of one per request: a coarse tick checks the deadlines of all connections. It
/// runs only while there are connections.
final class LoopContext: @unchecked Sendable {
    /// About how much memory a connection needs, without its unsent output.
    static let connectionBytes = 16_384
    private static let connectionNumbers = Atomic<UInt64>(1)

    let loop: any EventLoop
    let executor: LoopExecutor
    @exclusivity(unchecked) private(set) var entryPoint: EntryPoint
    private(set) var limits: Limits
    private(set) var forwarded: ForwardedResolver
    /// Peers that say who their client is before its first byte.
    private(set) var proxies: [TrustedProxy]
    var headerFaults = HeaderFaults()
    let untrustedPeers: UntrustedPeers
    private(set) var traceContext: TraceContext
    let logger: Logger
    let gauge: ConnectionGauge
    let tickInterval: Duration
    @exclusivity(unchecked) var numbers = LoopNumbers()
    /// What was read of a file last. Its memory is used again where nobody holds it: many would leave holes in the heap.
    @exclusivity(unchecked) var filePiece = ByteBuffer()
    private let whenEmpty: @Sendable () -> Void

    @exclusivity(unchecked) var encoder = ResponseEncoder()
    @exclusivity(unchecked) var http2Encoder = HTTP2ResponseEncoder()
    @exclusivity(unchecked) var notes: LoopNotes
    /// No new requests: connections close when they become idle.
    private(set) var isEnding = false
    /// Another process serves: idle clients are not refused, but have a moment, as with nginx's keepalive_min_timeout.
    var isHandedOver = false
    /// The time of the last tick: deadlines are no more precise.
    private(set) var now = NIODeadline.now()

    private let tick: TimeAmount
    private var waits: ClientWaits
    /// What a client gets that keeps a server from stopping, and for which nothing is done: to send the rest of a head, or to
    /// read what it was sent.
    private static let lastWait = TimeAmount.seconds(2)
    private(set) var connections: [any ServerConnection] = []
    private var isTicking = false
    private var hasReportedEmpty = false
    private var spareExchanges: [ServerExchange] = []
    @exclusivity(unchecked) private var spareOutput: ByteBuffer?
    let turns: LoopTurns
    let stopObservers = StopObservers()
    private var tide = HighTide()
    private var asked = 0

    init(
        loop: any EventLoop,
        executor: LoopExecutor,
        application: any Application,
        configuration: ServerConfiguration,
        gauge: ConnectionGauge,
        untrustedPeers: UntrustedPeers,
        accessLog: AccessLog?,
        logger: Logger,
        whenEmpty: @escaping @Sendable () -> Void
    ) {
        self.loop = loop
        self.executor = executor
        entryPoint = EntryPoint(application)
        self.limits = configuration.limits
        forwarded = ForwardedResolver(trusted: configuration.trustedProxies, fields: configuration.forwardedFields)
        proxies = configuration.proxyProtocolPeers
        self.untrustedPeers = untrustedPeers
        traceContext = configuration.traceContext
        self.logger = logger
        self.gauge = gauge
        tickInterval = configuration.tick
        tick = TimeAmount(configuration.tick)
        waits = ClientWaits(configuration.limits, tick: tick)
        turns = LoopTurns(loop)
        self.whenEmpty = whenEmpty
        notes = LoopNotes(accessLog, configuration)
    }

    /// Has another application answer, with other limits. Requests in flight end as they began.
    func replace(_ application: any Application, _ configuration: ServerConfiguration, loggingTo accessLog: AccessLog?)
    {
        entryPoint = EntryPoint(application)
        limits = configuration.limits
        forwarded = ForwardedResolver(trusted: configuration.trustedProxies, fields: configuration.forwardedFields)
        proxies = configuration.proxyProtocolPeers
        waits = ClientWaits(limits, tick: tick)
        traceContext = configuration.traceContext
        notes.change(to: accessLog, configuration)
        for connection in connections { retire(connection) }
    }

    /// What clients are asked for may have changed since a connection was made: the next one is asked.
    private func retire(_ connection: any ServerConnection) {
        if connection.coverage?.isOutdated == true { connection.refuseNewRequests() }
    }

    /// Seconds since 1970. Reading the coarse clock is no system call.
    var second: Int {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &moment)
        return moment.tv_sec
    }

    /// A deadline that is never early.
    func deadline(_ wait: Wait) -> NIODeadline {
        switch wait {
        case .head: now + waits.head
        case .idle: now + waits.idle
        case .linger: isEnding ? .now() + Self.lastWait : now + waits.linger
        case .silence: now + waits.silence
        }
    }

    enum Wait {
        case head, idle, linger, silence
    }
}

// MARK: - Connections

extension LoopContext {
    static func nextConnectionNumber() -> UInt64 {
        connectionNumbers.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    /// Takes a new connection in.
    ///
    /// - Parameter listener: the number of the one that has accepted it.
    /// - Returns: whether it may begin.
    func admit(_ connection: any ServerConnection, over transport: any Transport, from listener: Int) -> Bool {
        switch add(connection, from: listener) {
        case .granted: break
        // Do not read before another loop has made room.
        case .asked: transport.setReading(false)
        case .refused:
            numbers[listener: listener].refused &+= 1
            return false
        }
        return !isEnding
    }

    /// Adds a connection.
    private func add(_ connection: any ServerConnection, from listener: Int) -> ConnectionGauge.Place {
        let open = gauge.open.wrappingAdd(1, ordering: .relaxed).newValue
        connection.index = connections.count
        connections.append(connection)
        tide.rise(to: connections.count &* Self.connectionBytes)
        startTicking()
        guard open > gauge.limit, makeRoom(for: connection) == 0 else { return .granted }
        guard asked < gauge.asked else {
            gauge.noteRefusal(logger)
            return .refused
        }
        asked += 1
        // It is not read from until then.
        let newcomer = NIOLoopBound(connection, eventLoop: loop)
        askOthersForRoom { isGranted in
            self.asked -= 1
            if isGranted { return newcomer.value.updateReading() }
            self.numbers[listener: listener].refused &+= 1
            self.gauge.noteRefusal(self.logger)
            newcomer.value.closeNow()
        }
        return .asked
    }

    func remove(_ connection: any ServerConnection) {
        let index = connection.index
        guard index < connections.count, connections[index] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[index] = last
            last.index = index
        }
        gauge.open.wrappingSubtract(1, ordering: .relaxed)
        if connections.isEmpty {
            notes.handOver()
            if isEnding { reportEmpty() }
        }
    }

    /// Puts a connection in the place of another one over the same transport.
    func replace(_ connection: any ServerConnection, by other: any ServerConnection) {
        guard connection.index < connections.count, connections[connection.index] === connection else { return }
        other.index = connection.index
        connections[connection.index] = other
    }

    /// Stops gracefully: idle connections close now, others after their answer.
    func refuseNewRequests() {
        isEnding = true
        for connection in connections { connection.refuseNewRequests() }
        stopObservers.tell()
        if connections.isEmpty { reportEmpty() }
    }

    private func reportEmpty() {
        guard !hasReportedEmpty else { return }
        hasReportedEmpty = true
        turns.close()
        whenEmpty()
    }

    func closeAll() {
        isEnding = true
        let cut = connections.count { $0.isBusy }
        if cut > 0 {
            logger.warning("The server ends now: \(cut) requests that are not answered completely are cut off.")
        }
        for connection in connections { connection.closeAtOnce() }
        if connections.isEmpty { reportEmpty() }
    }
}

// MARK: - The tick

extension LoopContext {
    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        now = .now()
        loop.scheduleTask(in: tick) { self.ticked() }
    }

    private func ticked() {
        now = .now()
        // Closing a connection changes the list; this iterates over a copy.
        var held = 0
        for connection in connections {
            connection.tick(now)
            retire(connection)
            held &+= connection.heldBytes
        }
        if tide.hasEbbed(to: held) { Memory.giveBack() }
        notes.handOver()
        if spareExchanges.count > 64 { spareExchanges.removeLast(spareExchanges.count - 64) }
        isTicking = !connections.isEmpty
        if isTicking { loop.scheduleTask(in: tick) { self.ticked() } }
    }
}

// MARK: - Turns

extension LoopContext {
    /// Returns on the loop. A task with the loop as preferred executor is there already, unless something moved it.
    func hopToLoop() async {
        guard !loop.inEventLoop else { return }
        await withUnsafeContinuation { continuation in
            loop.execute { continuation.resume() }
        }
    }

    /// Returns after the other connections have had their turn.
    func nextTurn() async {
        await withUnsafeContinuation { continuation in
            guard !loop.inEventLoop else { return turns.next { continuation.resume() } }
            loop.execute { self.turns.next { continuation.resume() } }
        }
    }
}

// MARK: - Things that are used again

extension LoopContext {
    /// Makes an exchange ready for the next request of its connection: the same one, unless somebody has kept it.
    func renew(_ exchange: inout ServerExchange?, for connection: any ExchangeConnection) {
        if isKnownUniquelyReferenced(&exchange), let exchange, exchange.isHeadUnshared {
            return exchange.prepare(for: connection)
        }
        exchange?.leave()
        let next = spareExchanges.popLast() ?? ServerExchange(services: self, head: RequestHead())
        next.prepare(for: connection)
        exchange = next
    }

    /// Takes an exchange back for reuse, if nobody else holds it.
    func giveBack(_ exchange: inout ServerExchange?) {
        let isUnshared = isKnownUniquelyReferenced(&exchange)
        guard let spare = exchange.take() else { return }
        spare.leave()
        guard isUnshared, spare.isHeadUnshared, spare.head.bytes.count <= 4096 else { return }
        if spareExchanges.count < 1024 { spareExchanges.append(spare) }
    }

    /// An empty buffer to write answers into.
    func takeOutput() -> ByteBuffer {
        guard var output = spareOutput.take() else { return ByteBufferAllocator().buffer(capacity: 4096) }
        output.clear()
        return output
    }

    func giveBack(_ output: ByteBuffer) {
        if output.capacity <= 65_536 { spareOutput = output }
    }
}
