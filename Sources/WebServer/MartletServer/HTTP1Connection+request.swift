import MartletGateway
import MartletHTTP1
import NIOCore

/// From bytes to a call of the application.
extension HTTP1Connection {
    /// - Returns: whether there is more to do at once.
    func readHead() -> Bool {
        guard inbound.readableBytes > 0 else { return false }
        // Who does not take the answers gets no new ones made.
        if let output, output.readableBytes > Self.backlogBytes { flush() }
        guard isWritable else { return false }
        switch parseHead() {
        case .needsMore:
            if inputIsClosed {
                finishConnection()
            } else if phase == .idle {
                phase = .head
                deadline = shared.deadline(.head)
            }
            return false
        case .complete(let length):
            inbound.moveReaderIndex(forwardBy: length)
            if prepareRequest() { call() }
            return true
        case .fault(let fault):
            refuse(fault)
            return true
        }
    }

    private func parseHead() -> RequestParser.Outcome {
        // The last request's head serves again, unless the application has kept it.
        if !isKnownUniquelyReferenced(&self.head) { self.head = shared.takeHead() }
        guard let head else { return .needsMore }
        return inbound.withUnsafeReadableBytes { parser.parse($0, into: head) }
    }

    /// Makes the request of the head that is complete.
    ///
    /// - Returns: false where there is none to call the application with.
    private func prepareRequest() -> Bool {
        guard let head, var facts else {
            closeNow()
            return false
        }
        sequence &+= 1
        phase = .exchange
        exchange = Exchange(head)
        if shared.isTiming { exchange.started = .now() }
        var mountLength = 0
        if head.hasForwarding { (facts, mountLength) = applyForwarding(to: head, facts) }
        let body: RequestBody
        switch head.framing {
        case .none, .length(0): body = .none
        case .length(let length) where length > shared.limits.bodyBytes:
            refuse(.bodyTooLarge(limit: shared.limits.bodyBytes))
            return false
        case .length(let length):
            if let whole = inbound.readSlice(length: length) {
                body = .bytes(whole)
            } else {
                body = stream(for: head, length: length)
            }
        case .chunked:
            switch readChunks(head) {
            case .whole(let bytes): body = .bytes(bytes)
            case .more(let decoder, let bytes): body = stream(for: head, length: nil, decoder: decoder, first: bytes)
            case .fault(let fault):
                refuse(fault)
                return false
            }
        }
        var request = Request(head: head, connection: facts, body: body, sequence: sequence)
        if mountLength > 0 { request = request.mounted(length: mountLength) }
        pendingRequest = request
        return true
    }

    /// Calls the application. One that does not suspend has answered when this returns.
    private func call() {
        let sequence = sequence
        let task = Task.immediateDetached(executorPreference: shared.executor) { await self.answer() }
        if phase == .exchange || phase == .upgraded, self.sequence == sequence {
            self.task = task
        }
    }

    /// The request is let go of when this returns, so that its head can be used again.
    func askApplication() async throws -> Response {
        guard let request = pendingRequest.take() else { throw CancellationError() }
        return try await shared.application.respond(to: request)
    }
}

// MARK: - Bodies

extension HTTP1Connection {
    private enum Chunks {
        case whole(ByteBuffer)
        case more(BodyDecoder, ByteBuffer)
        case fault(RequestFault)
    }

    private func readChunks(_ head: RequestHead) -> Chunks {
        var decoder = BodyDecoder(framing: head.framing, limit: shared.limits.bodyBytes, limits: shared.headLimits)
        var bytes = ByteBuffer()
        while true {
            switch decoder.next(&inbound) {
            case .data(let chunk): bytes.writeImmutableBuffer(chunk)
            case .end: return .whole(bytes)
            case .needsMore: return .more(decoder, bytes)
            case .fault(let fault): return .fault(fault)
            }
        }
    }

    private func stream(
        for head: RequestHead,
        length: Int?,
        decoder: BodyDecoder? = nil,
        first: ByteBuffer = ByteBuffer()
    ) -> RequestBody {
        let stream = BodyStream(length: length, source: RequestBodySource(connection: self, sequence: sequence))
        let limits = shared.limits
        body = IncomingBody(
            stream: stream,
            decoder: decoder
                ?? BodyDecoder(framing: head.framing, limit: limits.bodyBytes, limits: shared.headLimits)
        )
        exchange.awaitsContinue = head.expectsContinue && first.readableBytes == 0 && inbound.readableBytes == 0
        if first.readableBytes > 0 {
            body?.received = first.readableBytes
            _ = stream.feed(first)
        }
        return RequestBody(.stream(stream))
    }

    /// Feeds what has arrived to the application.
    ///
    /// - Returns: whether there is more to do at once.
    func readBody() -> Bool {
        while var incoming = body, !incoming.isHeldBack, !incoming.isOver {
            // The one copy that is changed: a decoder in place would be an exclusive access during the callbacks.
            body = nil
            let event = incoming.decoder.next(&inbound)
            var isOver = false
            switch event {
            case .needsMore:
                if inputIsClosed { incoming.fail(.bodyCutShort) }
                body = incoming
                return false
            case .data(let chunk):
                exchange.awaitsContinue = false
                incoming.received &+= chunk.readableBytes
                incoming.isHeldBack = !incoming.stream.feed(chunk)
            case .end:
                incoming.stream.finish()
                isOver = true
            case .fault(let fault):
                incoming.fail(fault)
            }
            if !isOver { body = incoming }
        }
        return false
    }

    /// The reader of a body waits. From any thread.
    func bodyIsWanted(sequence: UInt64) {
        guard shared.loop.inEventLoop else {
            return shared.loop.execute { self.bodyIsWanted(sequence: sequence) }
        }
        guard sequence == self.sequence, phase == .exchange || phase == .upgraded else { return }
        body?.isHeldBack = false
        if exchange.awaitsContinue, case .waiting = exchange.output {
            exchange.awaitsContinue = false
            withOutput { $0.writeBytes(ResponseEncoder.continueLines) }
        }
        process()
    }
}

/// Asks a connection for more of one request's body.
final class RequestBodySource: BodySource {
    private let connection: HTTP1Connection
    private let sequence: UInt64

    init(connection: HTTP1Connection, sequence: UInt64) {
        self.connection = connection
        self.sequence = sequence
    }

    func bodyIsWanted() { connection.bodyIsWanted(sequence: sequence) }
}
