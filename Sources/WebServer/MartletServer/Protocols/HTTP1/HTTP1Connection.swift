import MartletGateway
import MartletHTTP1
import NIOCore

/// One HTTP/1 connection: the glue between the ``HTTP1Machine``, which knows the protocol, the transport, and the
/// exchange of the current request.
///
/// The rules:
///
/// 1. Bytes after a request stay in `inbound` until its answer is written; if there are too many, the connection is not
///    read from.
/// 2. `process()` is the only place that moves from one request to the next, and it is a loop: neither many pipelined
///    requests nor immediate answers make it recurse.
/// 3. Answers are collected in the transport and sent in one write when `process()` is done.
/// 4. No timers: a deadline is a number that the loop's tick checks.
final class HTTP1Connection: ServerConnection {
    /// How far the connection has been closed.
    enum Stage {
        case open
        /// No further output; what was written is being sent.
        case finishing
        /// Everything is sent; the client gets time to read it.
        case lingering
        case closed
    }

    /// How many bytes may wait after a request before the connection is no longer read from.
    static let backlogBytes = 65_536
    /// How many requests of one connection are started in one turn of the loop.
    private static let headsInOneTurn = 64

    let services: LoopContext
    let transport: any Transport
    // Changed for each request, by code that calls nobody who could come back here: checks would cost 2 % of a small request.
    @exclusivity(unchecked) var machine: HTTP1Machine
    @exclusivity(unchecked) var inbound = ByteBuffer()
    /// The exchange of the current request, or of the last one.
    @exclusivity(unchecked) var exchange: ServerExchange?
    /// Nil before the connection is open.
    @exclusivity(unchecked) private(set) var requests: RequestMaker?

    var stage = Stage.open
    /// A flush is certain before control returns to the loop.
    private(set) var isProcessing = false
    var deadline = NIODeadline.distantFuture
    /// While input is discarded: when the client must have sent something.
    var silence = NIODeadline.distantFuture
    /// A normal close would make an incomplete answer look complete.
    var endsWithReset = false
    var stall = SendStall()
    var index = 0

    init(transport: any Transport, services: LoopContext) {
        self.transport = transport
        self.services = services
        machine = HTTP1Machine(
            limits: services.limits.head,
            bodyBytes: services.limits.bodyBytes,
            unreadBytes: services.limits.unreadBodyBytes
        )
    }

    /// Whether no byte of a request has arrived.
    var isIdle: Bool { stage == .open && machine.isIdle && inbound.readableBytes == 0 }
    var coverage: (any TLSCoverage)? { requests?.info.tls?.coverage }
    /// Whether it has had no request yet.
    var isNew: Bool { requests.map { $0.count == 0 } ?? true }
}

// MARK: - What the channel says

extension HTTP1Connection {
    func opened(_ info: ConnectionInfo) {
        requests = RequestMaker(info, services: services)
        deadline = services.deadline(.idle)
    }

    func received(_ bytes: ByteBuffer) {
        if inbound.readableBytes == 0 {
            inbound = bytes
        } else {
            if inbound.readerIndex > Self.backlogBytes { inbound.discardReadBytes() }
            inbound.writeImmutableBuffer(bytes)
        }
        process()
    }

    func outputIsWelcome() {
        stall.reset()
        exchange?.outputIsWelcome()
        process()
    }

    /// A client that closed its socket looks like one that only closed its sending side. A long request or a silent
    /// stream must not be kept for a client that is gone.
    func inputClosed() {
        machine.inputClosed()
        if stage == .lingering { return closeNow() }
        process()
        guard stage == .open, !machine.isReadingHead else { return }
        if transport.isWritable { transport.withOutput { machine.writeProbe(into: &$0) } }
        transport.flush()
        transport.watchForLoss()
    }
}

// MARK: - From one request to the next

extension HTTP1Connection {
    /// Handles the bytes that have arrived as far as possible, then sends the results.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        var headsLeft = Self.headsInOneTurn
        while stage != .closed, mayReceive(&headsLeft) {
            if machine.isReadingHead { services.renew(&exchange, for: self) }
            guard let exchange else { break }
            let event = machine.receive(&inbound, into: exchange.head)
            if case .needsMore = event { break }
            handle(event, exchange)
        }
        isProcessing = false
        // Release the buffer, so that the channel can reuse it.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        transport.flush()
        updateReading()
    }

    private func mayReceive(_ headsLeft: inout Int) -> Bool {
        if case .whole = machine.reading { return false }
        guard machine.isReadingHead else { return exchange?.feed?.isHeldBack != true }
        guard inbound.readableBytes > 0 || machine.inputIsClosed else { return false }
        guard headsLeft > 0 else {
            services.turns.next { self.process() }
            return false
        }
        headsLeft &-= 1
        // Stop parsing while the client is not reading.
        if transport.gathered > Self.backlogBytes { transport.flush() }
        return transport.isWritable
    }

    private func handle(_ event: HTTP1Machine.Event, _ exchange: ServerExchange) {
        switch event {
        case .needsMore: break
        case .headBegun: deadline = services.deadline(.head)
        case .request(let message, let body): begin(message, body, exchange)
        case .data(let chunk): exchange.take(chunk)
        case .bodyEnd(let trailer): exchange.bodyEnded(trailer: trailer)
        case .fault(let fault):
            if exchange.progress == .new { refuse(fault) } else { exchange.bodyFailed(fault) }
        case .discarded: silence = services.deadline(.silence)
        case .nextRequest: deadline = services.deadline(.idle)
        case .close: finish()
        }
    }

    private func begin(_ message: HTTP1Message, _ body: HTTP1Body, _ exchange: ServerExchange) {
        guard let request = requests?.make(exchange, body, wantsUpgrade: message.wantsUpgrade) else {
            return closeNow()
        }
        exchange.begin(request)
    }

    /// Answers a request that broke the protocol or was too slow.
    func refuse(_ fault: RequestFault) {
        guard let exchange else { return closeNow() }
        if machine.isReadingHead {
            let line = inbound.withUnsafeReadableBytes { RequestLineText($0, upTo: AccessLogEntry.fieldBytes) }
            exchange.record.line = line
            machine.refuse(isHead: line?.isHead ?? false)
        } else {
            exchange.record.hasHead = true
        }
        requests?.makeNone(exchange)
        exchange.refuse(fault)
    }

    /// Turns reading on or off, according to the state.
    func updateReading() {
        let hasRoom = inbound.readableBytes < Self.backlogBytes
        switch (stage, machine.reading) {
        case (.closed, _): break
        case (.finishing, _), (.lingering, _), (.open, .discarding), (.open, .ended): transport.setReading(true)
        case (.open, .head): transport.setReading(hasRoom)
        case (.open, .body), (.open, .whole), (.open, .broken), (.open, .raw):
            transport.setReading(hasRoom && exchange?.feed?.isHeldBack != true)
        }
    }
}
