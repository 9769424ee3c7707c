import HTTPTypes
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// What the exchanges ask of the connection.
extension HTTP2Connection: ExchangeConnection {
    func isWritable(for exchange: ServerExchange) -> Bool {
        transport.isWritable && machine.streams.isWritable(exchange.stream)
    }

    func writeHead(of response: Response, body: ResponseFraming.Body, for exchange: ServerExchange) -> Bool {
        exchange.record.status = response.status.code
        services.http2Encoder.setDate(services.second)
        return machine.streams.writeHead(
            exchange.stream,
            status: response.status.code,
            headers: response.headers,
            body: body,
            with: &services.http2Encoder,
            into: &output
        )
    }

    func countBody(_ count: Int, for exchange: ServerExchange) throws(BodyTooLong) {
        try machine.streams.countBody(count, of: exchange.stream)
    }

    func write(_ bytes: ByteBuffer, for exchange: ServerExchange) {
        if !tunnels.isEmpty, tunnels[exchange.stream]?.head != nil { return writeTunnelHead(bytes, exchange) }
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

    func cutShort(_ exchange: ServerExchange) { abort(exchange) }

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

    /// It concerns this request alone.
    func refuse(_ exchange: ServerExchange) {}

    func bodyIsWanted(by exchange: ServerExchange) {
        machine.streams.bodyIsWanted(by: exchange.stream, with: services.http2Encoder, into: &output)
        if output.readableBytes > 0 { sendSoon() }
    }
}
