import HTTPTypes
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// What the exchanges ask of the connection.
extension HTTP2Connection: ExchangeConnection {
    func isWritable(for exchange: ServerExchange) -> Bool { isWritable(exchange.stream) }
    func isWritable(_ id: UInt32) -> Bool { transport.isWritable && machine.streams.isWritable(id) }

    func writeHead(of response: Response, body: ResponseFraming.Body, for exchange: ServerExchange) -> Bool {
        exchange.record.status = response.status.code
        services.http2Encoder.setDate(services.second)
        return machine.streams.writeHead(
            exchange.stream,
            status: response.status.code,
            headers: response.headers,
            body: body,
            mayHaveTrailer: response.mayHaveTrailer,
            with: &services.http2Encoder,
            into: &output
        )
    }

    func countBody(_ count: Int, for exchange: ServerExchange) throws(BodyTooLong) {
        try machine.streams.countBody(count, of: exchange.stream)
    }

    func write(_ bytes: ByteBuffer, for exchange: ServerExchange) {
        if let tunnels, tunnels.takeHead(bytes, exchange) { return }
        machine.streams.write(bytes, of: exchange.stream, into: &output)
    }

    func flush() { send() }

    func flushSoon() { sendSoon() }

    func end(_ exchange: ServerExchange) -> Int {
        let id = exchange.stream
        let missing = machine.streams.missingBytes(of: id)
        guard missing == 0 else { return missing }
        // An application that has left HTTP without a word.
        if machine.streams.awaitsHead(id) { machine.streams.cancel(id, .internal, into: &output) }
        machine.streams.end(id, trailer: exchange.streamed?.trailer, into: &output)
        close(exchange)
        return 0
    }

    func abort(_ exchange: ServerExchange) {
        machine.streams.abort(exchange.stream, into: &output)
        close(exchange)
    }

    func inform(_ status: HTTPResponse.Status, _ headers: Headers, for exchange: ServerExchange) {
        // Do not send hints to a client that is not reading.
        guard transport.isWritable else { return }
        let id = exchange.stream
        machine.streams.writeBareHead(
            id,
            status: status.code,
            headers: headers,
            with: services.http2Encoder,
            into: &output
        )
        send()
    }

    func bodyIsWanted(by exchange: ServerExchange) {
        machine.streams.bodyIsWanted(by: exchange.stream, with: services.http2Encoder, into: &output)
        if output.readableBytes > 0 { sendSoon() }
    }

    func send(_ part: FileRegion, for exchange: ServerExchange, whenTaken: @escaping (Bool) -> Void) {
        guard let descriptor = exchange.transfer?.descriptor else { return whenTaken(false) }
        // Cannot throw: the file was measured before its head was written.
        try? machine.streams.countBody(part.readableBytes, of: exchange.stream)
        let files = files ?? HTTP2FileSender(self)
        self.files = files
        sendSoon()
        files.send(part, of: descriptor, on: exchange.stream, whenTaken: whenTaken)
    }

    func isTunnel(_ exchange: ServerExchange) -> Bool { machine.streams.canBecomeTunnel(exchange.stream) }
    func memoryLimit(for exchange: ServerExchange) -> Int { requests.memoryLimit }

    func upgrade(_ response: Response, for exchange: ServerExchange) -> BodyStream? {
        defer { sendSoon() }
        return tunnels?.open(response, for: exchange)
    }
}
