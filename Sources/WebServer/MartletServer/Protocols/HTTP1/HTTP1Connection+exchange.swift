import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore

/// What the exchange asks of the connection.
extension HTTP1Connection: ExchangeConnection {
    var clientDescription: String { requests?.info.clientName ?? "unknown" }

    func isWritable(for exchange: ServerExchange) -> Bool { transport.isWritable }

    func writeHead(of response: Response, body: ResponseFraming.Body, for exchange: ServerExchange) -> Bool {
        let framing = machine.beginAnswer(
            status: response.status.code,
            headers: response.headers,
            body: body,
            hasInput: inbound.readableBytes > 0
        )
        writeHead(of: response, framing, exchange)
        return framing.delimiting != .none
    }

    func countBody(_ count: Int, for exchange: ServerExchange) throws(BodyTooLong) { try machine.countBody(count) }

    func write(_ bytes: ByteBuffer, for exchange: ServerExchange) {
        let isChunked = machine.writing == .body(.chunked)
        if isChunked { transport.withOutput { ResponseEncoder.writeChunkSize(bytes.readableBytes, into: &$0) } }
        transport.write(bytes)
        if isChunked { transport.withOutput { $0.writeInteger(0x0D0A, as: UInt16.self) } }
    }

    func send(_ part: FileRegion, for exchange: ServerExchange, whenTaken: @escaping (Bool) -> Void) {
        // Cannot throw: the file was measured before its head was written.
        try? machine.countBody(part.readableBytes)
        transport.send(part, whenTaken: whenTaken)
    }

    func flush() { transport.flush() }

    func flushSoon() {
        if !isProcessing { services.loop.assumeIsolated().execute { self.transport.flush() } }
    }

    func end(_ exchange: ServerExchange) -> Int {
        guard machine.missingBytes == 0 else { return machine.missingBytes }
        if machine.writing == .body(.chunked) { exchange.streamed?.writeLastChunk(to: transport) }
        exchange.close()
        switch machine.next(hasInput: inbound.readableBytes > 0) {
        case .request: deadline = services.deadline(.idle)
        case .discard:
            deadline = services.deadline(.linger)
            silence = services.deadline(.silence)
        case .close:
            finish()
            return 0
        }
        process()
        return 0
    }

    func abort(_ exchange: ServerExchange) {
        endsWithReset = machine.endsOnlyByReset
        exchange.close()
        finish()
    }

    func cutShort(_ exchange: ServerExchange) { closeNow() }

    func inform(_ status: HTTPResponse.Status, _ headers: Headers, for exchange: ServerExchange) {
        // Do not send hints to a client that is not reading.
        guard machine.writing == .head, !machine.message.isHTTP10, transport.isWritable else { return }
        transport.withOutput { services.encoder.writeInformational(status: status, headers: headers, into: &$0) }
        transport.flush()
    }

    func refuse(_ exchange: ServerExchange) { machine.refuse() }

    func bodyIsWanted(by exchange: ServerExchange) {
        if machine.bodyIsWanted() { transport.withOutput { $0.writeBytes(ResponseEncoder.continueLines) } }
        process()
    }

    func upgrade(_ response: Response, for exchange: ServerExchange) -> BodyStream? {
        guard machine.canLeaveHTTP else { return nil }
        exchange.record.status = response.status.code
        if !response.hasOwnHead {
            let framing = machine.beginAnswer(status: 101, headers: response.headers, body: .empty, hasInput: true)
            writeHead(of: response, framing, exchange, isUpgrade: true)
        }
        machine.leaveHTTP()
        let input = BodyStream(length: nil, source: exchange)
        exchange.feed = BodyFeed(input)
        if isProcessing { transport.flush() } else { process() }
        return input
    }

    private func writeHead(
        of response: Response,
        _ framing: ResponseFraming,
        _ exchange: ServerExchange,
        isUpgrade: Bool = false
    ) {
        exchange.record.status = response.status.code
        services.encoder.setDate(services.second)
        transport.withOutput { output in
            services.encoder.writeHead(
                status: response.status,
                headers: response.headers,
                framing: framing,
                isUpgrade: isUpgrade,
                into: &output
            )
        }
    }
}
