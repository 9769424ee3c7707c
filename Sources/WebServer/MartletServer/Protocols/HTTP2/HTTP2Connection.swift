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
/// 3. While the client takes no answers, nothing is read from it.
/// 4. No timers: a deadline is a number that the loop's tick checks.
final class HTTP2Connection: ServerConnection {
    /// How much output is gathered before it is handed to the transport.
    static let outputBytes = 65_536
    /// How many requests of one connection are begun in one turn of the loop.
    private static let requestsInOneTurn = 256

    let services: LoopContext
    let transport: any Transport
    // These are changed for each request, by code that calls nobody who could come back here meanwhile.
    @exclusivity(unchecked) var machine: HTTP2Machine
    @exclusivity(unchecked) var inbound = ByteBuffer()
    @exclusivity(unchecked) var output = ByteBuffer()
    let requests = HTTP2Exchanges()
    /// With the first request for a WebSocket.
    @exclusivity(unchecked) private(set) var tunnels: HTTP2Tunnels?
    /// With the first file.
    @exclusivity(unchecked) var files: HTTP2FileSender?

    @exclusivity(unchecked) var stage = HTTP1Connection.Stage.open
    /// A `send` is certain before control returns to the loop.
    @exclusivity(unchecked) private var isProcessing = false
    private var isSending = false
    private var isSendScheduled = false
    /// Why there will be no further request.
    var isEnding = false
    var clientIsLeaving = false
    var inputIsClosed = false

    @exclusivity(unchecked) var deadline = NIODeadline.distantFuture
    let watch = HTTP2Watch()
    /// While input is discarded: when the client must have sent something.
    var silence = NIODeadline.distantFuture
    private var share = FairShare()
    var index = 0

    init(transport: any Transport, services: LoopContext) {
        self.transport = transport
        self.services = services
        machine = HTTP2Machine(limits: services.limits.http2)
    }

    /// Whether nothing is being answered.
    var isIdle: Bool { stage == .open && exchanges.isEmpty && machine.isIdle }
    /// Those whose answers are being made.
    var exchanges: [UInt32: ServerExchange] { requests.inFlight }
    var clientDescription: String { requests.clientDescription }
}

// MARK: - What the channel says

extension HTTP2Connection {
    func opened(_ info: ConnectionInfo) {
        requests.opened(info, services: services)
        deadline = services.deadline(.idle)
    }

    func received(_ bytes: ByteBuffer) {
        if stage != .open { silence = services.deadline(.silence) }
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeImmutableBuffer(bytes) }
        process()
    }

    func outputIsWelcome() {
        watch.noteSent()
        // All of them before anything is sent, for the most urgent one may be among them.
        isSending = true
        for id in exchanges.keys { relieve(id) }
        isSending = false
        send()
        process()
    }

    /// The client has closed its sending side: no further requests, but it still gets its answers.
    func inputClosed() {
        inputIsClosed = true
        if stage == .lingering { return closeNow() }
        process()
        guard stage == .open else { return }
        for exchange in exchanges.values where exchange.feed != nil {
            exchange.progress == .upgraded ? exchange.bodyEnded() : exchange.bodyFailed(RequestFault.bodyCutShort)
        }
        guard stage == .open, !isIdle else { return finishIfDone() }
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
            guard let next = requests.ready(for: self) else { break }
            let event = machine.receive(&inbound, into: next.head, &output)
            if case .needsMore = event { break }
            handle(event, next, &requestsLeft)
        }
        isProcessing = false
        // Release the buffer, so that the channel can use it again.
        let wasRead = inbound.readableBytes < before
        if inbound.readableBytes == 0 { inbound = ByteBuffer() } else { inbound.discardReadBytes() }
        watch.note(isInFrame: machine.isInFrame(inbound) && transport.isWritable, hasProgress: wasRead, services)
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

    private func handle(_ event: HTTP2Machine.Event, _ next: ServerExchange, _ requestsLeft: inout Int) {
        switch event {
        case .needsMore: break
        case .request(let id, let message, let body):
            requestsLeft &-= 1
            deadline = .distantFuture
            if message.isWebSocket {
                tunnels = tunnels ?? HTTP2Tunnels(self)
                tunnels?.expect(id)
            }
            requests.begin(id, body, isWebSocket: message.isWebSocket, next, of: self)
        case .refused(let id, let fault): requests.refuse(id, fault, next)
        case .data(let id, let chunk):
            if tunnels?.keep(chunk, id) != true { take(chunk, id, exchanges[id]) }
        case .bodyEnd(let id, let trailer):
            tunnels?.inputEnded(id)
            exchanges[id]?.bodyEnded(trailer: trailer)
        case .fault(let id, let fault): exchanges[id]?.bodyFailed(fault)
        case .lost(let id): lose(id)
        case .farewell: clientIsLeaving = true
        case .heardFarewell: machine.refuseRequests(into: &output)
        case .close(let error):
            requests.log(.info, "The connection ends, as its client broke the rules of HTTP/2: \(error)")
            flushOutput()
            loseAll()
            finish()
        }
    }

    /// Bytes of a body.
    func take(_ chunk: ByteBuffer, _ id: UInt32, _ exchange: ServerExchange?) {
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
            fillOutput()
            machine.streams.clearFinished(into: &output)
            let sent = output.readableBytes
            flushOutput()
            relieveWriters()
            guard output.readableBytes > 0 || (machine.streams.hasSendable && transport.isWritable) else { break }
            guard !share.isUsed(by: sent) else {
                services.turns.next { self.send() }
                break
            }
        }
        isSending = false
        requests.giveBack(to: services)
        finishIfDone()
    }

    /// A writer whose bytes are all on their way goes on at once: else those of a less urgent stream would follow them.
    private func fillOutput() {
        relieveWriters()
        while stage == .open, machine.streams.hasSendable, transport.isWritable {
            machine.streams.pump(into: &output, upTo: Self.outputBytes)
            if output.readableBytes >= Self.outputBytes { break }
            relieveWriters()
        }
    }

    private func flushOutput() {
        guard output.readableBytes > 0 else { return }
        transport.withOutput { buffer in
            if buffer.readableBytes == 0 { swap(&buffer, &output) } else { buffer.writeBuffer(&output) }
        }
        output.clear()
        transport.flush()
    }

    private func relieveWriters() {
        while transport.isWritable, let id = machine.streams.nextRelieved() { relieve(id) }
    }

    /// The writer of an answer may go on.
    private func relieve(_ id: UInt32) {
        files?.goOn(id)
        exchanges[id]?.outputIsWelcome()
    }

    /// The exchange is over.
    func close(_ exchange: ServerExchange) {
        let id = exchange.stream
        files?.forget(id)
        tunnels?.forget(id)
        exchange.close()
        machine.streams.discardBody(of: id, into: &output)
        machine.streams.clearFinished(into: &output)
        requests.retire(id)
        if exchanges.isEmpty { deadline = services.deadline(.idle) }
        sendSoon()
    }

    /// The client does not wait for the answer any more.
    func lose(_ id: UInt32) {
        files?.forget(id)
        tunnels?.forget(id)
        guard let exchange = requests.remove(id) else { return }
        exchange.lose()
        if exchanges.isEmpty { deadline = services.deadline(.idle) }
    }

    func loseAll() { for id in Array(exchanges.keys) { lose(id) } }
}
