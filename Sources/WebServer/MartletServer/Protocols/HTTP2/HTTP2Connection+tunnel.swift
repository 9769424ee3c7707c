import HTTPTypes
import Logging
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// A request for a WebSocket (RFC 8441) on its way to becoming a tunnel.
struct HTTP2Tunnel {
    /// What the client has sent before the application has accepted; bounded by the stream's window.
    var early = ByteBuffer()
    var keepsInput = true
    var inputHasEnded = false
    /// While the application's own head has not come to its end.
    var head: TunnelHead?
}

/// WebSockets: to the application, each is a connection that leaves HTTP.
extension HTTP2Connection {
    func upgrade(_ response: Response, for exchange: ServerExchange) -> BodyStream? {
        let id = exchange.stream
        guard machine.streams.canBecomeTunnel(id), var tunnel = tunnels[id] else { return nil }
        exchange.record.status = response.status.code
        if response.hasOwnHead {
            tunnel.head = TunnelHead()
        } else {
            var headers = response.headers
            headers.remove(.secWebSocketAccept)
            openTunnel(200, headers, exchange)
        }
        let input = BodyStream(length: nil, source: exchange)
        exchange.feed = BodyFeed(input)
        tunnel.keepsInput = false
        let early = tunnel.early
        tunnel.early = ByteBuffer()
        tunnels[id] = tunnel
        if early.readableBytes > 0 {
            exchange.take(early)
            if exchange.feed?.isHeldBack == false { machine.streams.used(early.readableBytes, by: id, into: &output) }
        }
        if tunnel.inputHasEnded { exchange.bodyEnded() }
        sendSoon()
        return input
    }

    private func openTunnel(_ status: Int, _ headers: Headers, _ exchange: ServerExchange) {
        machine.streams.writeBareHead(
            exchange.stream,
            status: status,
            headers: headers,
            with: services.http2Encoder,
            into: &output
        )
    }

    /// The application's own head, up to its end, and what follows it.
    func writeTunnelHead(_ bytes: ByteBuffer, _ exchange: ServerExchange) {
        let id = exchange.stream
        guard let outcome = tunnels[id]?.head?.take(bytes) else { return }
        switch outcome {
        case .needsMore: break
        case .complete(let status, let headers, let rest):
            tunnels[id]?.head = nil
            exchange.record.status = status == 200 ? 101 : status
            openTunnel(status, headers, exchange)
            machine.streams.write(rest, of: id, into: &output)
        case .malformed:
            exchange.log(
                .error,
                "What the application wrote on its upgraded connection does not begin with a response."
            )
            abort(exchange)
        }
    }
}
