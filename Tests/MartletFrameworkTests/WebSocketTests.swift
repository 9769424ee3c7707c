import HTTPTypes
import MartletForms
import MartletFramework
import MartletGateway
import MartletSessions
import MartletTesting
import MartletWebSocket
import NIOCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct WebSocketTests {
    struct Broken: Error {}

    /// What handlers have seen.
    final class Notes: Sendable {
        private let list = Mutex<[String]>([])

        func add(_ note: String) { list.withLock { $0.append(note) } }
        var all: [String] { list.withLock { $0 } }

        /// Waits until there are so many.
        func wait(for count: Int) async throws -> [String] {
            while all.count < count { try await Task.sleep(for: .milliseconds(5)) }
            return all
        }
    }

    private static func echo(_ options: WebSocketOptions = WebSocketOptions()) -> TestClient {
        let app = App(environment: .development)
        app.webSocket("/echo", options: options) { socket in
            for await message in socket { try await socket.send(message) }
        }
        return TestClient(app)
    }

    @Test("Texts and bytes, values of the path, the request")
    func messages() async throws {
        let app = App()
        app.webSocket("/rooms/<room>/<int:seat>") { (socket: WebSocket, room: String, seat: Int) in
            try await socket.send(
                "\(room) \(seat + 1) \(socket.request.args["name"] ?? "") \(socket.subprotocol ?? "-")"
            )
            for await message in socket { try await socket.send(message) }
        }
        let socket = try await TestClient(app).webSocket("/rooms/a%20b/7?name=ada")
        try await socket.expect("a b 8 ada -")
        socket.send("grüße")
        try await socket.expect("grüße")
        socket.send(ByteBuffer(bytes: [0, 255]))
        #expect(try await socket.receive() == .bytes(ByteBuffer(bytes: [0, 255])))
        socket.close(.normal, "bye")
        try await socket.expectClose(.normal, "bye")
    }

    @Test("A route of WebSockets is like any other: names, blueprints, converters")
    func routing() async throws {
        let app = App(environment: .development)
        let chat = Blueprint("chat", prefix: "/chat")
        chat.webSocket("/<int:id>", name: "room") { (socket: WebSocket, id: Int) in try await socket.send("room \(id)")
        }
        app.register(chat)
        // The type of a text need not be written.
        app.webSocket("/named/<name>") { socket, name in try await socket.send(name) }
        #expect(try app.url(for: "chat.room", ["id": 7]) == "/chat/7")
        let client = TestClient(app)
        try await client.webSocket("/chat/7").expect("room 7")
        try await client.webSocket("/named/a").expect("a")
        let error = await #expect(throws: NotUpgraded.self) { try await client.webSocket("/chat/x") }
        #expect(error?.status == .notFound)
    }

    @Test("Middleware is around it")
    func middleware() async throws {
        struct Marking: Middleware {
            func respond(to request: Request, next: any Application) async throws -> Response {
                var response = try await next.respond(to: request)
                response.headers.append(.via, "marked")
                return response
            }
        }
        let app = App()
        app.use(Marking())
        let chat = Blueprint("chat", prefix: "/chat")
        chat.use(Marking())
        chat.webSocket("/<room>") { socket, room in try await socket.send(room) }
        app.register(chat)
        let socket = try await TestClient(app).webSocket("/chat/a")
        #expect(socket.headers.values(for: .via) == ["marked", "marked"])
        try await socket.expect("a")
    }

    @Test("A subprotocol that both know")
    func subprotocols() async throws {
        let client = Self.echo(WebSocketOptions(subprotocols: ["v1", "v2"]))
        #expect(try await client.webSocket("/echo", subprotocols: ["v3", "v2", "v1"]).subprotocol == "v2")
        #expect(try await client.webSocket("/echo", subprotocols: ["v3"]).subprotocol == nil)
        #expect(try await client.webSocket("/echo").subprotocol == nil)
    }

    @Test("A handler that returns closes with 1000, and one that throws with 1011")
    func endings() async throws {
        let app = App()
        app.webSocket("/done") { socket in try await socket.send("bye") }
        app.webSocket("/broken") { socket in throw Broken() }
        app.webSocket("/own") { socket in socket.close(WebSocketCloseCode(rawValue: 4001), "enough") }
        let client = TestClient(app)
        let done = try await client.webSocket("/done")
        try await done.expect("bye")
        try await done.expectClose(.normal, "")
        let broken = try await client.webSocket("/broken")
        try await broken.expectClose(.internalError, "")
        try await client.webSocket("/own").expectClose(WebSocketCloseCode(rawValue: 4001), "enough")
    }

    @Test("What is behind the loop runs however the connection ends, and nothing can be sent any more")
    func afterTheLoop() async throws {
        let notes = Notes()
        let app = App()
        app.webSocket("/") { socket in
            for await message in socket { notes.add(message.text ?? "bytes") }
            notes.add("closed \(socket.closure?.code.rawValue ?? 0)")
            do { try await socket.send("late") } catch { notes.add("\(type(of: error))") }
        }
        let client = TestClient(app)
        let closing = try await client.webSocket("/")
        closing.send("one")
        closing.send("two")
        closing.close(.goingAway)
        #expect(try await notes.wait(for: 4) == ["one", "two", "closed 1001", "WebSocketClosed"])
        let leaving = try await client.webSocket("/")
        leaving.send("three")
        _ = try await notes.wait(for: 5)
        leaving.leave()
        // Whether the sender is cancelled before the end is known is left to chance.
        let end = try await notes.wait(for: 7).suffix(2)
        #expect(end.first == "closed 1006" && ["CancellationError", "WebSocketClosed"].contains(end.last))
        await leaving.connection.waitForEnd()
    }

    @Test("A client that is gone cancels a handler that does not read")
    func cancelled() async throws {
        let notes = Notes()
        let app = App()
        app.webSocket("/") { socket in
            notes.add("open")
            do { try await Task.sleep(for: .seconds(60)) } catch { notes.add("\(type(of: error))") }
        }
        let socket = try await TestClient(app).webSocket("/")
        _ = try await notes.wait(for: 1)
        socket.leave()
        #expect(try await notes.wait(for: 2) == ["open", "CancellationError"])
    }

    @Test("A handler that stays after its client has closed is cancelled after a while")
    func late() async throws {
        let notes = Notes()
        let app = App()
        app.webSocket("/", options: WebSocketOptions(closeTimeout: .milliseconds(50))) { socket in
            do { try await Task.sleep(for: .seconds(60)) } catch { notes.add("\(type(of: error))") }
        }
        let socket = try await TestClient(app).webSocket("/")
        socket.close()
        try await socket.expectClose(.normal)
        #expect(try await notes.wait(for: 1) == ["CancellationError"])
        await socket.connection.waitForEnd()
    }

    @Test("A client that does not answer a Close is not waited for forever")
    func unanswered() async throws {
        let app = App()
        app.webSocket("/", options: WebSocketOptions(closeTimeout: .milliseconds(50))) { _ in }
        let socket = try await TestClient(app).webSocket("/")
        await socket.connection.waitForEnd()
    }

    @Test("Pings are answered, while the handler does something else")
    func pings() async throws {
        let app = App()
        app.webSocket("/") { socket in try await Task.sleep(for: .seconds(60)) }
        let connection = try await TestClient(app).webSocket("/").connection
        var frame = ByteBuffer()
        WebSocketEncoder(.client).writePing(ByteBuffer(string: "are you there?"), into: &frame)
        connection.send(frame)
        var decoder = WebSocketDecoder(.client)
        decoder.receive(try #require(try await connection.receive()))
        #expect(try decoder.next() == .pong(ByteBuffer(string: "are you there?")))
        connection.leave()
    }

    @Test("A silent client is asked whether it is there, and stays if it answers")
    func alive() async throws {
        let client = Self.echo(WebSocketOptions(pingInterval: .milliseconds(20), pongTimeout: .seconds(60)))
        let socket = try await client.webSocket("/echo")
        let receiving = Task { try await socket.receive(within: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(200))
        #expect(socket.closure == nil)
        socket.send("still here")
        #expect(try await receiving.value == .text("still here"))
        socket.leave()
    }

    @Test("A client that does not answer is dropped")
    func dead() async throws {
        let client = Self.echo(WebSocketOptions(pingInterval: .milliseconds(20), pongTimeout: .milliseconds(60)))
        let socket = try await client.webSocket("/echo")
        await socket.connection.waitForEnd()
    }

    @Test("When the server stops, clients are told with 1001")
    func stop() async throws {
        let socket = try await Self.echo().webSocket("/echo")
        socket.send("a")
        try await socket.expect("a")
        socket.connection.stopServer()
        try await socket.expectClose(.goingAway, "The server stops.")
        await socket.connection.waitForEnd()
    }

    @Test("What breaks the rules is closed with the code for it")
    func faults() async throws {
        let client = Self.echo(WebSocketOptions(limits: WebSocketLimits(message: 100)))
        let long = try await client.webSocket("/echo")
        long.send(String(repeating: "x", count: 101))
        try await long.expectClose(.tooLarge, "A message is longer than 100 bytes.")
        for (bytes, code) in [
            ([0x81, 0x81, 0, 0, 0, 0, 0xFF], .invalidData), ([0x81, 0x01, 0x61], .protocolError),
            ([0xC1, 0x80, 0, 0, 0, 0], .protocolError), ([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xEE], .protocolError),
        ] as [([UInt8], WebSocketCloseCode)] {
            let socket = try await client.webSocket("/echo")
            socket.connection.send(ByteBuffer(bytes: bytes))
            try await socket.expectClose(code)
        }
    }

    @Test("A page of another site opens no WebSocket, unless it is trusted")
    func origins() async throws {
        let app = App(environment: .development)
        app.crossOrigin(.check(try CrossOriginCheck(trusting: ["https://partner.example"])))
        app.webSocket("/") { socket in try await socket.send("hello") }
        let client = TestClient(app)
        for origin in ["http://localhost", "https://partner.example"] {
            try await client.webSocket("/", headers: [(.origin, origin)]).expect("hello")
        }
        for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
            let error = await #expect(throws: NotUpgraded.self) {
                try await client.webSocket("/", headers: [(.origin, origin)])
            }
            #expect(error?.status == .forbidden)
            #expect(error?.text.contains("was made by a page of \"\(origin)\"") == true)
        }
        let open = App()
        open.crossOrigin(.allowAll)
        open.webSocket("/") { socket in try await socket.send("hello") }
        try await TestClient(open).webSocket("/", headers: [(.origin, "https://evil.example")]).expect("hello")
    }

    @Test("Another request gets 426, with a reason in development")
    func notWebSocket() async throws {
        let answer = try await Self.echo().get("/echo")
        try answer.expect(
            HTTPResponse.Status(code: 426),
            containing: "This address answers WebSockets",
            headers: [(.upgrade, "websocket"), (.secWebSocketVersion, "13")]
        )
        let production = App(environment: .production)
        production.webSocket("/echo") { _ in }
        let quiet = try await TestClient(production).get("/echo")
        #expect(quiet.status.code == 426 && !quiet.text.contains("address"))
        try await Self.echo().post("/echo").expect(.methodNotAllowed, headers: [(.allow, "GET, HEAD, OPTIONS")])
    }

    @Test("Hooks and sessions are there, and teardown comes at the end")
    func hooks() async throws {
        let notes = Notes()
        let app = App()
        app.sessions(.random())
        app.get("/login") { request in
            request.session["user"] = "ada"
            return "ok"
        }
        app.before { request in notes.add("before") }
        app.teardown { _, error in notes.add("teardown \(error.map { "\(type(of: $0))" } ?? "-")") }
        app.webSocket("/") { socket in
            try await socket.send(socket.request.session["user", as: String.self] ?? "nobody")
            for await message in socket {
                guard message.text != "fail" else { throw Broken() }
                notes.add(message.text ?? "")
            }
        }
        let client = TestClient(app)
        try await client.get("/login").expect(.ok)
        #expect(try await notes.wait(for: 2) == ["before", "teardown -"])
        let socket = try await client.webSocket("/")
        try await socket.expect("ada")
        socket.send("one")
        _ = try await notes.wait(for: 4)
        socket.close()
        #expect(try await notes.wait(for: 5).suffix(3) == ["before", "one", "teardown -"])
        let failing = try await client.webSocket("/")
        failing.send("fail")
        try await failing.expectClose(.internalError)
        #expect(try await notes.wait(for: 7).last == "teardown Broken")
    }

    @Test("Others may send: a room")
    func room() async throws {
        actor Room {
            private var members: Set<WebSocket> = []
            func join(_ socket: WebSocket) { members.insert(socket) }
            func leave(_ socket: WebSocket) { members.remove(socket) }
            func say(_ text: String) { for member in members { member.trySend(text) } }
            var count: Int { members.count }
        }
        let room = Room()
        let app = App()
        app.webSocket("/") { socket in
            await room.join(socket)
            for await message in socket { await room.say(message.text ?? "") }
            await room.leave(socket)
        }
        let client = TestClient(app)
        let (ada, bob) = (try await client.webSocket("/"), try await client.webSocket("/"))
        while await room.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        ada.send("hello")
        try await ada.expect("hello")
        try await bob.expect("hello")
        bob.leave()
        while await room.count > 1 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("Who sends to many leaves out a client that does not take what it gets")
    func trySend() async throws {
        let app = App()
        let sent = Atomic<Int>(0)
        app.webSocket("/many") { socket in
            for _ in 0..<1000 {
                guard socket.trySend(String(repeating: "x", count: 10_000)) else { break }
                sent.add(1, ordering: .relaxed)
                // Nothing is written while this does not suspend.
            }
            socket.close()
        }
        let socket = try await TestClient(app).webSocket("/many")
        try await socket.expectClose(.normal)
        // 64 KB, and what is being written.
        #expect(7...8 ~= sent.load(ordering: .relaxed))
    }
}
