import HTTPTypes
import MartletGateway
import MartletTesting
import MartletWebSocket
import NIOCore
import Testing

/// The WebSocket client in memory, against an application that writes its frames by hand.
@Suite(.timeLimit(.minutes(1))) struct TestWebSocketTests {
    /// Accepts, and does as it is told with the frames that come.
    private static func client(
        accept: String? = nil,
        _ own: @escaping @Sendable (UpgradedConnection) async throws -> Void
    ) -> TestClient {
        TestClient(
            ApplicationClosure { request in
                guard let key = request.headers[.secWebSocketKey].flatMap({ HandshakeKey($0) }) else {
                    return .plain(.badRequest, "no WebSocket")
                }
                var headers = Headers([(.upgrade, "websocket"), (.secWebSocketAccept, accept ?? key.accept)])
                if request.headers[.secWebSocketProtocol] == "a, b" { headers.append(.secWebSocketProtocol, "b") }
                return Response(status: .switchingProtocols, headers: headers, body: .upgrade(own))
            }
        )
    }

    private static func frame(_ write: (WebSocketEncoder, inout ByteBuffer) -> Void) -> ByteBuffer {
        var frame = ByteBuffer()
        write(WebSocketEncoder(.server), &frame)
        return frame
    }

    @Test("Messages, pings and the end")
    func conversation() async throws {
        let client = Self.client { connection in
            var decoder = WebSocketDecoder(.server)
            try await connection.output.write(Self.frame { $0.writePing(ByteBuffer(string: "?"), into: &$1) })
            while let bytes = try await connection.input.next() {
                decoder.receive(bytes)
                while let event = try decoder.next() {
                    switch event {
                    case .message(let message):
                        try await connection.output.write(Self.frame { $0.write(message, into: &$1) })
                    case .pong(let content):
                        try await connection.output.write(Self.frame { $0.write(.bytes(content), into: &$1) })
                    case .close:
                        try await connection.output.write(
                            Self.frame { $0.writeClose(WebSocketClosure(.goingAway, "bye"), into: &$1) }
                        )
                    case .ping: break
                    }
                }
            }
        }
        let socket = try await client.webSocket("/", subprotocols: ["a", "b"])
        #expect(socket.subprotocol == "b")
        #expect(try await socket.receive() == .bytes(ByteBuffer(string: "?")))
        socket.send("one")
        try await socket.expect("one")
        let wrong = await #expect(throws: ExpectationFailed.self) {
            socket.send("two")
            try await socket.expect("three")
        }
        #expect(wrong?.description.hasSuffix("/: expected the text \"three\", but the text \"two\" came.") == true)
        socket.close()
        let close = await #expect(throws: ExpectationFailed.self) { try await socket.expectClose(.normal) }
        #expect(
            close?.description.hasSuffix("/: expected a Close with 1000, but it was closed with 1001 \"bye\".") == true
        )
        #expect(socket.closure == WebSocketClosure(.goingAway, "bye"))
    }

    @Test("What is no WebSocket, and what breaks its rules")
    func faults() async throws {
        let client = Self.client { connection in
            try await connection.output.write(ByteBuffer(bytes: [0x83, 0]))
            while try await connection.input.next() != nil {}
        }
        let error = await #expect(throws: WebSocketFault.self) { try await client.webSocket("/").receive() }
        #expect(error == .unknownOpcode(3))
        await #expect(throws: ExpectationFailed.self) { try await Self.client(accept: "x") { _ in }.webSocket("/") }
        let refused = await #expect(throws: NotUpgraded.self) { try await client.upgrade("/") }
        #expect(
            refused?.description
                == "The application did not upgrade the connection: it answered 400 Bad Request \"no WebSocket\"."
        )
    }

    @Test("An end without a Close, and nothing at all")
    func silence() async throws {
        let ending = try await Self.client { _ in }.webSocket("/")
        #expect(try await ending.receive() == nil)
        #expect(ending.closure == WebSocketClosure(.abnormal))
        let silent = try await Self.client { connection in while try await connection.input.next() != nil {} }
            .webSocket("/chat")
        let error = await #expect(throws: NothingReceived.self) { try await silent.receive(within: .milliseconds(20)) }
        #expect(error?.description == "Nothing came from the WebSocket /chat within 0.02 seconds.")
        silent.leave()
    }
}
