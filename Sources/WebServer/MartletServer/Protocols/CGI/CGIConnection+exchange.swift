import HTTPTypes
import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore

/// What the exchange asks of the connection.
extension CGIConnection: ExchangeConnection {
    var clientDescription: String { requests?.info.clientName ?? "unknown" }

    func isWritable(for exchange: ServerExchange) -> Bool { transport.isWritable }

    var filePieceBytes: Int { Machine.pieceBytes ?? FileTransfer.pieceBytes }

    func writeHead(of response: Response, body: ResponseFraming.Body, for exchange: ServerExchange) -> Bool {
        let framing = machine.answer.begin(status: response.status.code, headers: response.headers, body: body)
        writeHead(of: response, framing, exchange, isUpgrade: false)
        return framing.delimiting != .none
    }

    private func writeHead(
        of response: Response,
        _ framing: ResponseFraming,
        _ exchange: ServerExchange,
        isUpgrade: Bool
    ) {
        exchange.record.status = response.status.code
        transport.withOutput { machine.writeHead(of: response, framing, isUpgrade: isUpgrade, into: &$0) }
    }

    func countBody(_ count: Int, for exchange: ServerExchange) throws(BodyTooLong) {
        try machine.answer.countBody(count)
    }

    func write(_ bytes: ByteBuffer, for exchange: ServerExchange) {
        guard let limit = Machine.pieceBytes, machine.answer.writing != .raw else { return transport.write(bytes) }
        var rest = bytes
        while let piece = rest.readSlice(length: min(limit, rest.readableBytes)), piece.readableBytes > 0 {
            transport.withOutput { machine.openPiece(piece.readableBytes, into: &$0) }
            transport.write(piece)
            transport.withOutput { machine.closePiece(piece.readableBytes, into: &$0) }
        }
    }

    func send(_ part: FileRegion, for exchange: ServerExchange, whenTaken: @escaping (Bool) -> Void) {
        let count = part.readableBytes
        // Cannot throw: the file was measured before its head was written.
        try? machine.answer.countBody(count)
        guard Machine.pieceBytes != nil else { return transport.send(part, whenTaken: whenTaken) }
        transport.withOutput { machine.openPiece(count, into: &$0) }
        transport.send(part) { [self] isSent in
            if isSent { transport.withOutput { machine.closePiece(count, into: &$0) } }
            whenTaken(isSent)
        }
    }

    func flush() { transport.flush() }

    func flushSoon() {
        if !isProcessing { services.loop.assumeIsolated().execute { self.transport.flush() } }
    }

    func end(_ exchange: ServerExchange) -> Int {
        guard machine.answer.missingBytes == 0 else { return machine.answer.missingBytes }
        exchange.close()
        let mayBeReceiving = isReceiving
        var next = CGINext.close
        transport.withOutput { next = machine.finishAnswer(into: &$0) }
        switch next {
        case .request:
            deadline = services.deadline(.idle)
            process()
        case .close: finish(mayBeReceiving: mayBeReceiving)
        }
        return 0
    }

    func abort(_ exchange: ServerExchange) {
        // Also in FastCGI: nginx takes a connection that ends without the last record for the end of the answer.
        endsWithReset = machine.answer.endsWithConnection
        let mayBeReceiving = isReceiving
        exchange.close()
        finish(mayBeReceiving: mayBeReceiving)
    }

    func cutShort(_ exchange: ServerExchange) { closeNow() }

    /// There is no way to say it: the protocols carry one answer.
    func inform(_ status: HTTPResponse.Status, _ headers: Headers, for exchange: ServerExchange) {}

    func bodyIsWanted(by exchange: ServerExchange) { process() }

    func upgrade(_ response: Response, for exchange: ServerExchange) -> BodyStream? {
        guard machine.canLeave else { return nil }
        exchange.record.status = response.status.code
        if !response.hasOwnHead {
            let framing = machine.answer.begin(status: 101, headers: response.headers, body: .empty)
            writeHead(of: response, framing, exchange, isUpgrade: true)
        }
        machine.leave()
        let input = BodyStream(length: nil, source: exchange)
        exchange.feed = BodyFeed(input)
        if isProcessing { transport.flush() } else { process() }
        return input
    }

    /// Whether the peer may still be sending, so that closing at once could cost it the answer.
    var isReceiving: Bool { machine.isReadingBody || machine.isDiscarding || machine.answer.writing == .raw }
}
