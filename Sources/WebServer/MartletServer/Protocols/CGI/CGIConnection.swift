import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore

/// One connection over which a web server in front passes requests on as CGI's variables: the glue between a ``CGIMachine``,
/// which knows the protocol, the transport, and the exchange of the current request.
///
/// The rules:
///
/// 1. `process()` is the only place that moves on, and it is a loop.
/// 2. Answers are collected in the transport and sent in one write when `process()` is done.
/// 3. What the variables say of the client counts as far as the peer is trusted (``RequestMaker/info(saying:)``).
/// 4. No timers: a deadline is a number that the loop's tick checks.
final class CGIConnection<Machine: CGIMachine>: ServerConnection {
    /// How far the connection has been closed.
    enum Stage {
        case open
        /// No further output; what was written is being sent.
        case finishing
        /// Everything is sent; the peer gets time to read it.
        case lingering
        case closed
    }

    let services: LoopContext
    let transport: any Transport
    private let reader: CGIRequestReader
    @exclusivity(unchecked) var machine: Machine
    @exclusivity(unchecked) var inbound = ByteBuffer()
    /// The exchange of the current request, or of the last one.
    @exclusivity(unchecked) var exchange: ServerExchange?
    /// Nil before the connection is open.
    private(set) var requests: RequestMaker?

    var stage = Stage.open
    /// A flush is certain before control returns to the loop.
    private(set) var isProcessing = false
    var deadline = NIODeadline.distantFuture
    /// While input is discarded: when the peer must have sent something.
    var silence = NIODeadline.distantFuture
    /// A normal close would make an incomplete answer look complete.
    var endsWithReset = false
    var stall = SendStall()
    var index = 0

    init(_ machine: Machine, _ reader: CGIRequestReader, transport: any Transport, services: LoopContext) {
        self.transport = transport
        self.services = services
        self.reader = reader
        self.machine = machine
    }

    /// Whether no byte of a request has arrived.
    var isIdle: Bool { stage == .open && machine.isIdle && inbound.readableBytes == 0 }
    var coverage: (any TLSCoverage)? { nil }
    /// Whether it has had no request yet.
    var isNew: Bool { requests.map { $0.count == 0 } ?? true }
}

extension CGIConnection<OneRequestMachine> {
    /// - Parameter carrier: any but FastCGI.
    convenience init(over carrier: CGIProtocol, transport: any Transport, services: LoopContext) {
        let reader = CGIRequestReader(limits: services.limits.head, over: carrier)
        let machine = OneRequestMachine(carrier, limits: reader.variableLimits)
        self.init(machine, reader, transport: transport, services: services)
    }
}

extension CGIConnection<FastCGIMachine> {
    convenience init(overFastCGI transport: any Transport, services: LoopContext) {
        let reader = CGIRequestReader(limits: services.limits.head, over: .fastcgi)
        // 0 is for as many as there are descriptors.
        let most = services.limits.connections > 0 ? services.limits.connections : 1024
        let machine = FastCGIMachine(limits: reader.variableLimits, connections: most)
        self.init(machine, reader, transport: transport, services: services)
    }
}

// MARK: - What the channel says

extension CGIConnection {
    func opened(_ info: ConnectionInfo) {
        requests = RequestMaker(info, services: services)
        deadline = services.deadline(.idle)
    }

    func received(_ bytes: ByteBuffer) {
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeImmutableBuffer(bytes) }
        process()
    }

    func outputIsWelcome() {
        stall.reset()
        exchange?.outputIsWelcome()
        process()
    }

    /// A peer that closed its socket looks like one that only closed its sending side.
    func inputClosed() {
        machine.inputClosed()
        if stage == .lingering { return closeNow() }
        process()
        guard stage == .open, !machine.isReadingHead else { return }
        transport.flush()
        transport.watchForLoss()
    }
}

// MARK: - From one event to the next

extension CGIConnection {
    /// Handles the bytes that have arrived as far as possible, then sends the results.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        while stage != .closed, machine.isReadingHead || exchange?.feed?.isHeldBack != true {
            if machine.isReadingHead { services.renew(&exchange, for: self) }
            guard let exchange else { break }
            var replies = ByteBuffer()
            let event = machine.receive(&inbound, replies: &replies)
            if replies.readableBytes > 0 { transport.write(replies) }
            if case .needsMore = event { break }
            handle(event, exchange)
        }
        isProcessing = false
        // Release the buffer, so that the channel can reuse it.
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        transport.flush()
        updateReading()
    }

    private func handle(_ event: CGIEvent, _ exchange: ServerExchange) {
        switch event {
        case .needsMore: break
        case .begun: deadline = services.deadline(.head)
        case .request: begin(exchange)
        case .data(let chunk): exchange.take(chunk)
        case .bodyEnd: exchange.bodyEnded()
        case .fault(let fault): refuse(fault)
        case .bodyFault(let fault): exchange.bodyFailed(fault)
        case .aborted: closeNow()
        case .discarded: silence = services.deadline(.silence)
        case .close: finish()
        }
    }

    private func begin(_ exchange: ServerExchange) {
        do throws(CGIFault) {
            let said = try reader.read(machine.variables, into: exchange.head)
            machine.answer.isHead = said.isHead
            let limit = services.limits.bodyBytes
            if case .known(let length) = said.length, length > limit {
                exchange.record.hasHead = true
                throw .http(.bodyTooLarge(limit: limit))
            }
            let body = machine.takeBody(said.length, limit: limit, &inbound)
            guard let request = requests?.make(exchange, body, said) else { return closeNow() }
            exchange.begin(request)
        } catch { refuse(error) }
    }

    /// Answers a request that broke the protocol or was too slow.
    func refuse(_ fault: CGIFault) {
        guard let exchange else { return closeNow() }
        if !exchange.record.hasHead { exchange.record.line = requestLine(fault) }
        machine.refuse(fault)
        inbound.clear()
        requests?.makeNone(exchange)
        exchange.refuse(fault)
    }

    /// What is known of the request, for the log.
    private func requestLine(_ fault: CGIFault) -> RequestLineText? {
        if case .speaksHTTP = fault {
            return inbound.withUnsafeReadableBytes { RequestLineText($0, upTo: AccessLogEntry.fieldBytes) }
        }
        guard let method = machine.variables["REQUEST_METHOD"], let target = machine.variables["REQUEST_URI"] else {
            return nil
        }
        let line = "\(method) \(target) \(machine.variables["SERVER_PROTOCOL"] ?? "")"
        return Array(line.utf8).withUnsafeBytes { RequestLineText($0, upTo: AccessLogEntry.fieldBytes) }
    }

    /// Turns reading on or off, according to the state. How much of a head may wait is the machine's limit.
    func updateReading() {
        guard stage != .closed else { return }
        let isWanted = machine.isReadingHead || exchange?.feed?.isHeldBack != true
        transport.setReading(stage != .open || isWanted)
    }
}
