internal import HTTPTypes
internal import MartletGateway
internal import MartletWebSocket

/// A request for a route of WebSockets that opens none.
struct WebSocketRefusal: ClientFault {
    let fault: HandshakeFault

    var status: Int { fault.status }
    var description: String { fault.description }

    /// What 426 has to say (RFC 9110 section 15.5.22, RFC 6455 section 4.4).
    var headers: Headers {
        guard fault.status == 426 else { return Headers() }
        var headers = Headers([(.upgrade, "websocket")])
        headers.append("Sec-WebSocket-Version", "13")
        return headers
    }
}
