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
    ///   - name: the name that ``App/url(for:_:anchor:mountPath:)`` knows the route by.
    public func webSocket<each Value: PathConvertible>(
        _ pattern: String,
        name: String? = nil,
        options: WebSocketOptions = WebSocketOptions(),
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (WebSocket, repeat each Value) async throws -> Void
    ) {
        register(pattern, name, options, file, line, handler)
    }

    private func register<each Value: PathConvertible>(
        _ pattern: String,
        _ name: String?,
        _ options: WebSocketOptions,
        _ file: StaticString,
        _ line: UInt,
        _ handler: @escaping @Sendable (WebSocket, repeat each Value) async throws -> Void
    ) {
        let types = ParameterType.list(repeat (each Value).self)
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
            },
            answer: WebSocket.self
        )
    }

    /// Registers a handler for WebSockets that takes one text of the path, whose type then need not be written:
    /// `app.webSocket("/chat/<room>") { socket, room in … }`.
    public func webSocket(
        _ pattern: String,
        name: String? = nil,
        options: WebSocketOptions = WebSocketOptions(),
        file: StaticString = #fileID,
        line: UInt = #line,
        handler: @escaping @Sendable (WebSocket, String) async throws -> Void
    ) {
        register(pattern, name, options, file, line, handler)
    }
}
