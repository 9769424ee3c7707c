import HTTPTypes
import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// Connections that leave HTTP (RFC 9110 section 7.8).
extension HTTP1Connection {
    func upgrade(
        _ given: Response,
        _ own: @Sendable (UpgradedConnection) async throws -> Void
    ) async {
        guard phase == .exchange, case .waiting = exchange.output else { return }
        guard body == nil else { return sendWhole(internalError("A request with a body cannot leave HTTP.")) }
        if let fault = given.headers.fault {
            return sendWhole(internalError("The application's response cannot be sent: \(fault)"))
        }
        exchange.status = given.status.code
        exchange.keepsAlive = false
        if !given.hasOwnHead { writeUpgradeHead(given) }
        exchange.output = .streaming(.untilClose)
        phase = .upgraded
        let sequence = sequence
        let input = BodyStream(length: nil, source: RequestBodySource(connection: self, sequence: sequence))
        // The decoder is never asked: what the client sends now is no longer a message.
        body = IncomingBody(stream: input, decoder: BodyDecoder(framing: .none, limit: 0))
        if willFlush { flush() } else { process() }
        let connection = UpgradedConnection(
            input: input,
            output: BodyWriter(ResponseSink(connection: self, sequence: sequence))
        )
        do {
            try await own(connection)
        } catch {
            if !(error is ClientDisconnected) && !(error is CancellationError) {
                log(.error, "The application failed on an upgraded connection: \(error)")
            }
        }
        await shared.hopToLoop()
        guard phase == .upgraded else { return }
        endExchange()
    }

    private func writeUpgradeHead(_ given: Response) {
        let framing = ResponseFraming(
            status: 101,
            headers: given.headers,
            body: .empty,
            exchange: exchange.request
        )
        shared.encoder.setDate(shared.second)
        withOutput { output in
            shared.encoder.writeHead(
                status: given.status,
                headers: given.headers,
                framing: framing,
                isUpgrade: true,
                into: &output
            )
        }
    }

    /// Hands what has arrived to the owner of the connection.
    func readRaw() -> Bool {
        guard var incoming = body, !incoming.isOver else { return false }
        if inbound.readableBytes > 0, !incoming.isHeldBack {
            let bytes = inbound
            inbound = ByteBuffer()
            incoming.isHeldBack = !incoming.stream.feed(bytes)
        }
        if inputIsClosed, inbound.readableBytes == 0 {
            incoming.isOver = true
            incoming.stream.finish()
        }
        body = incoming
        return false
    }
}
