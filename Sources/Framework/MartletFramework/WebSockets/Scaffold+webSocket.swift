internal import MartletGateway

extension Scaffold {
    /// Registers a handler for WebSockets:
    ///
    ///     app.webSocket("/chat/<room>") { (socket: WebSocket, room: String) in
    ///         for await message in socket { try await socket.send(message) }
    ///     }
    ///
    /// It takes the socket, and values of the path in their order; ``WebSocket/request`` is the request that opened it. Hooks and
    /// sessions are those of any request, and `teardown` runs when the connection has ended. Pages of other sites are refused, even
    /// though it is a GET (``App/crossOrigin(_:file:line:)``); other requests get 426.
    ///
    /// - Parameters:
    ///   - pattern: as of a route.
    ///   - name: the name that ``App/url(for:_:mountPath:)`` knows the route by.
    public func webSocket<each Value: PathConvertible>(
        _ pattern: String,
        name: String? = nil,
        options: WebSocketOptions = WebSocketOptions(),
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (WebSocket, repeat each Value) async throws -> Void
    ) {
        let types = RouteVerb.types(repeat (each Value).self)
        get.add(
            pattern,
            nil,
            name,
            types.isEmpty ? nil : types,
            file,
            line,
            .direct { request, values in
                let request = values.stored(in: request)
                var values = values.reader
                let arguments = (repeat try values.next((each Value).self))
                return try WebSocketHandshake.answer(to: request, options) { socket in
                    try await handler(socket, repeat each arguments)
                }
            }
        )
    }
}
