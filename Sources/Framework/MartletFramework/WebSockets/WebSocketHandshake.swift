internal import HTTPTypes
internal import MartletGateway
internal import MartletWebSocket

/// Opens a WebSocket: what the client gets, and what runs afterwards (RFC 6455 section 4.2.2).
enum WebSocketHandshake {
    /// - Throws: ``WebSocketRefusal``.
    static func answer(
        to request: Request,
        _ options: WebSocketOptions,
        _ handler: @escaping @Sendable (WebSocket) async throws -> Void
    ) throws -> Response {
        guard request.body.knownLength == 0 else {
            throw RequestFault(status: 400, description: "A request for a WebSocket has no body.")
        }
        let acceptance: WebSocketOffer.Acceptance
        do throws(HandshakeFault) {
            acceptance = try WebSocketOffer(request).accept(options.subprotocols)
        } catch {
            throw WebSocketRefusal(fault: error)
        }
        var headers = Headers([(.upgrade, "websocket"), (.secWebSocketAccept, acceptance.accept)])
        if let subprotocol = acceptance.subprotocol { headers.append(.secWebSocketProtocol, subprotocol) }
        return Response(
            status: .switchingProtocols,
            headers: headers,
            body: .upgrade { connection in
                let link = WebSocketLink()
                let socket = WebSocket(request: request, subprotocol: acceptance.subprotocol, link: link)
                let run = WebSocketRun(link: link, options: options, logger: request.logger)
                try await run(connection) { try await handler(socket) }
            }
        )
    }
}

extension WebSocketOffer {
    init(_ request: Request) {
        self.init(
            upgrade: request.method == .get && request.wantsUpgrade ? request.headers[.upgrade] : nil,
            key: request.headers[.secWebSocketKey],
            version: request.headers[.secWebSocketVersion],
            protocols: request.headers.values(for: .secWebSocketProtocol)
        )
    }
}
