import Logging
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// One HTTP/2 connection: the glue between the ``HTTP2Machine``, which knows the protocol, the transport, and the exchanges
/// of the requests that are being answered.
///
/// The rules:
///
/// 1. `process()` is the only place that begins requests, and it is a loop: answers that are made at once do not recurse.
/// 2. Everything is written into `output`, and `send()` hands it to the transport: once after `process()`, else once in a
///    turn of the loop. So the answers of one read leave in one write.
/// 3. `next` is the exchange of the next request. One that has been answered when `begin` returns is used again; any other
///    one goes to `exchanges` until its answer is complete.
/// 4. While the client takes no answers, nothing is read from it.
/// 5. No timers: a deadline is a number that the loop's tick checks.
final class HTTP2Connection: ServerConnection {
    /// How far the connection has been closed; the same as that of HTTP/1.
    typealias Stage = HTTP1Connection.Stage

    /// How much output is gathered before it is handed to the transport.
    static let outputBytes = 65_536
    /// How many requests of one connection are begun in one turn of the loop.
    private static let requestsInOneTurn = 256

    let services: LoopContext
    let transport: any Transport
    // These are changed for each request, by code that calls nobody who could come back here meanwhile.
    @exclusivity(unchecked) var machine: HTTP2Machine
    @exclusivity(unchecked) private var inbound = ByteBuffer()
    @exclusivity(unchecked) var output = ByteBuffer()
    @exclusivity(unchecked) private var next: ServerExchange?
    @exclusivity(unchecked) private var requests: RequestMaker?
    @exclusivity(unchecked) var exchanges: [UInt32: ServerExchange] = [:]
    /// Exchanges that are over, and may be used again when nobody holds them any more.
    private var retired: [ServerExchange] = []
    /// What becomes of the requests for WebSockets.
    var tunnels: [UInt32: HTTP2Tunnel] = [:]
    var files: [UInt32: HTTP2File] = [:]

    var stage = Stage.open
    /// A `send` is certain before control returns to the loop.
    private var isProcessing = false
    private var isSending = false
    private var isSendScheduled = false
    /// Why there will be no further request.
    var isEnding = false
    var clientIsLeaving = false
    var inputIsClosed = false

    var deadline = NIODeadline.distantFuture
    /// When the rest of a frame or of a head must have come.
    private(set) var frameDeadline: NIODeadline?
    /// When the client must have read our farewell.
    var farewellDeadline: NIODeadline?
    /// While input is discarded: when the client must have sent something.
    var silence = NIODeadline.distantFuture
    var stall = SendStall()
    private var share = FairShare()
    var index = 0

    init(transport: any Transport, services: LoopContext) {
        self.transport = transport
        self.services = services
        machine = HTTP2Machine(limits: services.http2Limits)
    }

    /// Whether nothing is being answered.
    var isIdle: Bool { stage == .open && exchanges.isEmpty && machine.isIdle }
    /// Whether it has had no request yet.
    var isNew: Bool { requests.map { $0.count == 0 } ?? true }
    /// Whether a part of a frame has arrived.
    var isInFrame: Bool { machine.isInFrame(inbound) }
    var clientDescription: String { requests?.info.remoteAddress.map { "\($0)" } ?? "unknown" }
}

// MARK: - What the channel says

extension HTTP2Connection {
    func opened(_ info: ConnectionInfo) {
        requests = RequestMaker(info, services: services)
        deadline = services.deadline(.idle)
    }

    func received(_ bytes: ByteBuffer) {
        if stage != .open { silence = services.deadline(.silence) }
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeImmutableBuffer(bytes) }
        process()
    }

    func outputIsWelcome() {
        stall.reset()
        send()
        for id in exchanges.keys { relieve(id) }
        process()
    }

    /// The client has closed its sending side: no further requests, but it still gets its answers.
    func inputClosed() {
        inputIsClosed = true
        if stage == .lingering { return closeNow() }
        process()
        guard stage == .open else { return }
        for exchange in exchanges.values where exchange.feed != nil {
            if exchange.progress == .upgraded { exchange.bodyEnded() } else { exchange.bodyFailed(.bodyCutShort) }
        }
        guard stage == .open, !exchanges.isEmpty else { return finishIfDone() }
        // To find out whether it is gone.
        machine.writeProbe(into: &output)
        send()
        transport.watchForLoss()
    }
}

// MARK: - From one request to the next

extension HTTP2Connection {
    /// Handles the bytes that have arrived as far as possible, then sends the results.
    func process() {
        guard !isProcessing else { return }
        guard stage == .open else { return inbound = ByteBuffer() }
        isProcessing = true
        var requestsLeft = Self.requestsInOneTurn
        let before = inbound.readableBytes
        while stage == .open, inbound.readableBytes > 0 || machine.isInData, mayReceive(&requestsLeft) {
            if next?.progress != .new { services.renew(&next, for: self) }
            guard let next else { break }
            let event = machine.receive(&inbound, into: next.head, &output)
            if case .needsMore = event { break }
            handle(event, next, &requestsLeft)
        }
        isProcessing = false
        // Release the buffer, so that the channel can use it again.
        let wasRead = inbound.readableBytes < before
        if inbound.readableBytes == 0 { inbound = ByteBuffer() } else { inbound.discardReadBytes() }
        watchFrame(hasProgress: wasRead)
        send()
        updateReading()
    }

    private func mayReceive(_ requestsLeft: inout Int) -> Bool {
        if requestsLeft <= 0 {
            services.turns.next { self.process() }
            return false
        }
        if output.readableBytes > Self.outputBytes { flushOutput() }
        return transport.isWritable
    }

    /// A frame that has begun has to end in the time of a head.
    private func watchFrame(hasProgress: Bool) {
        guard isInFrame, transport.isWritable else { return frameDeadline = nil }
        if hasProgress || frameDeadline == nil { frameDeadline = services.deadline(.head) }
    }

    private func handle(_ event: HTTP2Machine.Event, _ next: ServerExchange, _ requestsLeft: inout Int) {
        switch event {
        case .needsMore: break
        case .request(let id, let message, let body):
            requestsLeft &-= 1
            begin(id, message, body, next)
        case .refused(let id, let fault): refuse(id, fault, next)
        case .data(let id, let chunk): take(chunk, id)
        case .bodyEnd(let id):
            tunnels[id]?.inputHasEnded = true
            exchanges[id]?.bodyEnded()
        case .fault(let id, let fault): exchanges[id]?.bodyFailed(fault)
        case .lost(let id): lose(id)
        case .farewell: clientIsLeaving = true
        case .heardFarewell: machine.refuseRequests(into: &output)
        case .close(let error):
            services.logger.info(
                "The connection ends, as its client broke the rules of HTTP/2: \(error)",
                metadata: ["client": "\(clientDescription)"]
            )
            flushOutput()
            loseAll()
            finish()
        }
    }

    private func begin(_ id: UInt32, _ message: HTTP2Message, _ body: HTTP1Body, _ exchange: ServerExchange) {
        exchange.stream = id
        if message.isWebSocket { tunnels[id] = HTTP2Tunnel() }
        guard let request = requests?.make(exchange, body, wantsUpgrade: message.isWebSocket) else { return closeNow() }
        deadline = .distantFuture
        exchange.begin(request)
        guard exchange.progress != .over else { return }
        next = nil
        if stage == .open { exchanges[id] = exchange } else { exchange.lose() }
    }

    /// Answers a request that broke a rule.
    private func refuse(_ id: UInt32, _ fault: RequestFault, _ exchange: ServerExchange) {
        exchange.stream = id
        exchange.record.hasHead = exchange.head.method.count > 0 && exchange.head.target.count > 0
        requests?.makeNone(exchange)
        exchange.refuse(fault)
    }

    private func take(_ chunk: ByteBuffer, _ id: UInt32) {
        if tunnels[id]?.keepsInput == true {
            tunnels[id]?.early.writeImmutableBuffer(chunk)
            return
        }
        let exchange = exchanges[id]
        exchange?.take(chunk)
        if exchange?.feed?.isHeldBack != true { machine.streams.used(chunk.readableBytes, by: id, into: &output) }
    }

    /// Turns reading on or off, according to the state.
    func updateReading() {
        switch stage {
        case .closed: break
        case .finishing, .lingering: transport.setReading(true)
        case .open: transport.setReading(transport.isWritable)
        }
    }
}

// MARK: - Sending

extension HTTP2Connection {
    /// Sends what was written by the end of this turn of the loop.
    func sendSoon() {
        guard !isProcessing, !isSending, !isSendScheduled else { return }
        isSendScheduled = true
        services.loop.assumeIsolated().execute {
            self.isSendScheduled = false
            self.send()
        }
    }

    /// Sends what was written, and what waits as far as the windows and the transport allow.
    func send() {
        guard !isProcessing, !isSending, stage == .open else { return }
        isSending = true
        while stage == .open {
            if machine.streams.hasSendable, transport.isWritable {
                machine.streams.pump(into: &output, upTo: Self.outputBytes)
            }
            machine.streams.clearFinished(into: &output)
            let sent = output.readableBytes
            flushOutput()
            while let id = machine.streams.nextRelieved() { relieve(id) }
            guard output.readableBytes > 0 || (machine.streams.hasSendable && transport.isWritable) else { break }
            guard !share.isUsed(by: sent) else {
                services.turns.next { self.send() }
                break
            }
        }
        isSending = false
        retire()
        finishIfDone()
    }

    private func flushOutput() {
        guard output.readableBytes > 0 else { return }
        transport.withOutput { buffer in
            if buffer.readableBytes == 0 { swap(&buffer, &output) } else { buffer.writeBuffer(&output) }
        }
        output.clear()
        transport.flush()
    }

    /// The writer of an answer may go on.
    private func relieve(_ id: UInt32) {
        guard transport.isWritable else { return }
        continueFile(id)
        exchanges[id]?.outputIsWelcome()
    }

    /// The exchange is over.
    func close(_ exchange: ServerExchange) {
        let id = exchange.stream
        files[id] = nil
        if !tunnels.isEmpty { tunnels[id] = nil }
        exchange.close()
        machine.streams.discardBody(of: id, into: &output)
        machine.streams.clearFinished(into: &output)
        if !exchanges.isEmpty, let own = exchanges.removeValue(forKey: id) { retired.append(own) }
        if exchanges.isEmpty { deadline = services.deadline(.idle) }
        sendSoon()
    }

    private func retire() {
        while !retired.isEmpty {
            var exchange = retired.popLast()
            services.giveBack(&exchange)
        }
    }

    /// The client does not wait for the answer any more.
    func lose(_ id: UInt32) {
        files[id] = nil
        tunnels[id] = nil
        guard let exchange = exchanges.removeValue(forKey: id) else { return }
        exchange.lose()
        if exchanges.isEmpty { deadline = services.deadline(.idle) }
    }

    func loseAll() {
        for id in Array(exchanges.keys) { lose(id) }
    }

    /// The memory of a connection that has nothing to do is of more use elsewhere.
    func slim() {
        if output.readableBytes == 0 { output = ByteBuffer() }
        if next != nil, next?.progress != .waiting { services.giveBack(&next) }
    }

    func clearInput() { inbound = ByteBuffer() }
}
