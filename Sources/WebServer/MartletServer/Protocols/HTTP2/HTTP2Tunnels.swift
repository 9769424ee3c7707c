import HTTPTypes
import Logging
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// The WebSockets of a connection (RFC 8441): to its application, each is a connection that leaves HTTP.
final class HTTP2Tunnels {
    private struct Tunnel {
        /// What the client has sent before the application has accepted; bounded by the stream's window.
        var early = ByteBuffer()
        var isOpen = false
        var inputHasEnded = false
        /// While the application's own head has not come to its end.
        var head: TunnelHead?
    }

    private unowned let connection: HTTP2Connection
    private var tunnels: [UInt32: Tunnel] = [:]

    init(_ connection: HTTP2Connection) { self.connection = connection }

    func expect(_ id: UInt32) { tunnels[id] = Tunnel() }

    func forget(_ id: UInt32) { tunnels[id] = nil }

    /// Keeps what comes before the application has accepted.
    ///
    /// - Returns: whether it was kept.
    func keep(_ chunk: ByteBuffer, _ id: UInt32) -> Bool {
        guard tunnels[id]?.isOpen == false else { return false }
        tunnels[id]?.early.writeImmutableBuffer(chunk)
        return true
    }

    func inputEnded(_ id: UInt32) { tunnels[id]?.inputHasEnded = true }

    /// The application accepts.
    func open(_ response: Response, for exchange: ServerExchange) -> BodyStream? {
        let id = exchange.stream
        guard connection.machine.streams.canBecomeTunnel(id), var tunnel = tunnels[id] else { return nil }
        exchange.record.status = response.status.code
        if response.hasOwnHead {
            tunnel.head = TunnelHead()
        } else {
            var headers = response.headers
            headers.remove(.secWebSocketAccept)
            writeHead(200, headers, id)
        }
        let input = BodyStream(length: nil, source: exchange)
        exchange.feed = BodyFeed(input)
        let early = tunnel.early
        tunnel.isOpen = true
        tunnel.early = ByteBuffer()
        tunnels[id] = tunnel
        if early.readableBytes > 0 { connection.take(early, id, exchange) }
        if tunnel.inputHasEnded { exchange.bodyEnded() }
        return input
    }

    private func writeHead(_ status: Int, _ headers: Headers, _ id: UInt32) {
        let encoder = connection.services.http2Encoder
        connection.machine.streams.writeBareHead(
            id,
            status: status,
            headers: headers,
            with: encoder,
            into: &connection.output
        )
    }

    /// The application's own head, up to its end, and what follows it.
    ///
    /// - Returns: false for bytes that belong to the tunnel.
    func takeHead(_ bytes: ByteBuffer, _ exchange: ServerExchange) -> Bool {
        let id = exchange.stream
        guard let outcome = tunnels[id]?.head?.take(bytes) else { return false }
        switch outcome {
        case .needsMore: break
        case .complete(let status, let headers, let rest):
            tunnels[id]?.head = nil
            exchange.record.status = status == 200 ? 101 : status
            writeHead(status, headers, id)
            connection.machine.streams.write(rest, of: id, into: &connection.output)
        case .malformed:
            exchange.log(
                .error,
                "What the application wrote on its upgraded connection does not begin with a response."
            )
            connection.abort(exchange)
        }
        return true
    }
}
