import MartletGateway
import MartletHTTP1
import NIOCore

/// One connection that speaks HTTP/1: between the ``HTTP1Machine``, which knows the protocol, the transport, and the exchange of
/// the request that is being answered.
///
/// The rules:
///
/// 1. Bytes behind a request stay in `inbound` until its answer is written; too many of them, and the connection is not read from.
/// 2. `process()` is the only place that moves from one request to the next, and it is a loop: neither many pipelined
///    requests nor answers that are ready at once make it recursive.
/// 3. Answers gather in the transport and leave in one write when `process()` is done.
/// 4. No timers: a deadline is a number that the loop's tick compares.
final class HTTP1Connection: ServerConnection {
    /// How far the connection's end has come.
    enum Stage {
        case open
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

    let services: LoopContext
    let transport: any Transport
    var machine: HTTP1Machine
    var inbound = ByteBuffer()
    /// Of the request that is being answered, or of the last one.
    var exchange: ServerExchange?
    /// Nil before the connection is open.
    private(set) var requests: RequestMaker?

    var stage = Stage.open
    /// A flush is sure to follow when control returns to the loop.
    private(set) var isProcessing = false
    var deadline = NIODeadline.distantFuture
    /// Until when a client must have sent something where its bytes are only thrown away.
    var silence = NIODeadline.distantFuture
    /// A normal end would say that a broken answer was whole.
    var endsWithReset = false
    var stall = SendStall()
    var index = 0

    init(transport: any Transport, services: LoopContext) {
        self.transport = transport
        self.services = services
        machine = HTTP1Machine(
            limits: services.headLimits,
            bodyBytes: services.limits.bodyBytes,
            unreadBytes: services.limits.drainBytes
        )
    }

    /// Whether nothing of a request is here.
    var isIdle: Bool { stage == .open && machine.isIdle && inbound.readableBytes == 0 }
    /// Whether it has had no request yet.
    var isNew: Bool { requests.map { $0.count == 0 } ?? true }
}

// MARK: - What the channel says

extension HTTP1Connection {
    func opened(_ info: Connection) {
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

    /// A client that has closed its socket looks the same as one that has ended its direction. A long request, or a stream that has
    /// nothing to say, must not be kept for nobody.
    func inputClosed() {
        machine.inputClosed()
        if stage == .lingering { return closeNow() }
        process()
        guard stage == .open, !machine.isReadingHead else { return }
        if transport.isWritable { transport.withOutput(machine.writeProbe) }
        transport.flush()
        transport.watchForLoss()
    }
}

// MARK: - From one request to the next

extension HTTP1Connection {
    /// Does whatever can be done with the bytes that are here, then sends what came of it.
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
        // The channel gets its buffer back, to read into again.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        transport.flush()
        updateReading()
    }

    private func mayReceive(_ headsLeft: inout Int) -> Bool {
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
        case .bodyEnd: exchange.bodyEnded()
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

    /// Answers a request that broke the protocol, or did not come in time.
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

    /// Reads from the client, or not, as the state asks for.
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
