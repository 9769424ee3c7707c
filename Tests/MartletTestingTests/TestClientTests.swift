import HTTPTypes
import MartletGateway
import MartletTesting
import NIOCore
import Synchronization
import Testing

/// The client in memory behaves as the documentation of `Application` says servers do.
@Suite struct TestClientTests {
    struct Broken: Error {}

    static func client(_ answer: @escaping @Sendable (Request) async throws -> Response) -> TestClient {
        TestClient(ApplicationClosure(answer))
    }

    @Test("Applications are called on the loop and come back to it")
    func loop() async throws {
        let client = Self.client { request in
            let before = request.connection.eventLoop.inEventLoop
            await Task.yield()
            return .plain(.ok, "\(before) \(request.connection.eventLoop.inEventLoop)")
        }
        try await client.get("/").expect(.ok, body: "true true")
    }

    @Test("Bodies that must not be", arguments: [204, 205, 304])
    func bodiless(_ code: Int) async throws {
        let client = Self.client { _ in .plain(.init(code: code), "text") }
        let response = try await client.get("/").expect(.init(code: code), body: "")
        #expect(response.headers[.contentLength] == (code == 205 ? "0" : nil))
    }

    @Test("Fields about the connection are the server's, as on the network")
    func connectionFields() async throws {
        let names = [
            "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE",
            "Trailer",
            "Transfer-Encoding", "Upgrade", "Content-Length",
        ]
        let client = Self.client { _ in
            var response = Response.plain(.ok, "text")
            for name in names { response.headers.append(name, "x") }
            response.headers.append("X-Kept", "yes")
            return response
        }
        let response = try await client.get("/").expect(.ok, body: "text", headers: [(.contentLength, "4")])
        #expect(response.headers.pairs.map(\.name) == ["Content-Type", "X-Kept", "Content-Length"])
    }

    @Test("HEAD has the length of GET; a streamed body is told to stop at once")
    func head() async throws {
        let client = Self.client { request in
            switch request.path {
            case "/bytes": .plain(.ok, "text")
            case "/told": Response(headers: Headers([(.contentLength, "7")]))
            default:
                Response(
                    body: .stream(length: 3) { writer in
                        #expect(Task.isCancelled)
                        try await writer.write("abc")
                        Issue.record("went on")
                    }
                )
            }
        }
        try await client.head("/bytes").expect(.ok, body: "", headers: [(.contentLength, "4")])
        try await client.head("/told").expect(.ok, body: "", headers: [(.contentLength, "7")])
        try await client.head("/stream").expect(.ok, body: "", headers: [(.contentLength, "3")])
        try await client.get("/told").expect(.ok, body: "", headers: [(.contentLength, "0")])
    }

    @Test("Errors before the head")
    func errors() async throws {
        let client = Self.client { request in
            if request.path == "/known" { throw BodyTooLarge(limit: 3) }
            throw Broken()
        }
        try await client.get("/known").expect(
            .contentTooLarge,
            body: "413 Content Too Large\n\nThe request body is larger than the limit of 3 bytes.\n"
        )
        try await client.get("/").expect(.internalServerError, body: "Internal Server Error\n")
    }

    @Test("A response that cannot be sent is a 500")
    func unsendable() async throws {
        let client = Self.client { request in
            switch request.path {
            case "/header": Response(headers: Headers([(.location, "a\r\nb: c")]))
            case "/low": Response(status: .init(code: 100))
            default: Response(status: .init(code: 99))
            }
        }
        for path in ["/header", "/low", "/lower"] { try await client.get(path).expect(.internalServerError) }
    }

    @Test("An error in a streamed body, a body too short, a body too long")
    func aborted() async throws {
        let client = Self.client { request in
            let length = request.path == "/late" ? nil : 3
            let text = request.path == "/long" ? "four" : "on"
            return Response(
                body: .stream(length: length) { writer in
                    try? await writer.write(text)
                    if length == nil { throw Broken() }
                }
            )
        }
        #expect(try await client.get("/late").text == "on")
        for path in ["/late", "/short", "/long"] {
            let response = try await client.get(path)
            #expect(!response.isComplete)
            #expect(throws: ExpectationFailed.self) { try response.expect(.ok) }
        }
    }

    @Test("Request bodies in pieces come piece by piece")
    func pieces() async throws {
        let client = Self.client { request in
            var sizes: [String] = []
            for try await piece in request.body { sizes.append("\(piece.readableBytes)") }
            return .plain(.ok, "\(request.body.knownLength.map(String.init) ?? "-") \(sizes.joined(separator: " "))")
        }
        try await client.post("/", body: .pieces("ab", "", "cde")).expect(.ok, body: "- 2 3")
        try await client.post("/", body: .pieces([ByteBuffer(string: "abc")], announced: true)).expect(.ok, body: "3 3")
        try await client.post("/", body: "text").expect(.ok, body: "4 4")
        try await client.post("/").expect(.ok, body: "0 ")
    }

    @Test("A client that goes away while it sends")
    func brokenRequest() async throws {
        let client = Self.client { request in
            do {
                return .plain(.ok, String(buffer: try await request.body.collect(upTo: 100)))
            } catch is ClientDisconnected {
                return .plain(.badRequest, "gone")
            }
        }
        try await client.post("/", body: .broken([ByteBuffer(string: "half")])).expect(.badRequest, body: "gone")
    }

    @Test("A client that goes away while it receives: the writer throws and the task is cancelled")
    func disconnect() async throws {
        let seen = Mutex("")
        let client = Self.client { _ in
            Response(
                body: .stream(length: nil) { writer in
                    do {
                        while true { try await writer.write("0123456789") }
                    } catch {
                        seen.withLock { $0 = "\(type(of: error)) \(Task.isCancelled)" }
                        throw error
                    }
                }
            )
        }
        let response = try await client.send(TestRequest(.get, "/", disconnectsAfter: 25))
        #expect(response.text.count == 30)
        guard case .disconnected = response.ending else {
            Issue.record("not disconnected")
            return
        }
        #expect(seen.withLock { $0 } == "ClientDisconnected true")
    }

    @Test("Bodies are collected up to a limit")
    func limit() async throws {
        let application = ApplicationClosure { request in
            request.path == "/bytes"
                ? .plain(.ok, "12345")
                : Response(body: .stream(length: nil) { writer in while true { try await writer.write("123") } })
        }
        let client = TestClient(application, limit: 4)
        await #expect(throws: ResponseTooLarge.self) { try await client.get("/bytes") }
        await #expect(throws: ResponseTooLarge.self) { try await client.get("/stream") }
    }

    @Test("Files")
    func files() async throws {
        let client = Self.client { request in
            switch request.path {
            case "/part": Response(body: .file(FileRange(.path("/proc/self/comm"), offset: 0, length: 1)))
            case "/long": Response(body: .file(FileRange(.path("/proc/self/comm"), offset: 0, length: 1000)))
            default: Response(body: .file(FileRange(.path("/nowhere"), offset: 0, length: 1)))
            }
        }
        #expect(try await client.get("/part").expect(.ok, headers: [(.contentLength, "1")]).body.readableBytes == 1)
        #expect(try await client.get("/long").isComplete == false)
        await #expect(throws: IOError.self) { try await client.get("/none") }
    }

    @Test("Upgrade: both directions, and the error of the application")
    func upgrade() async throws {
        let client = Self.client { request in
            guard request.path == "/echo" else { return .plain(.ok, "no") }
            return Response(
                status: .switchingProtocols,
                headers: Headers([(.upgrade, "echo")]),
                body: .upgrade { connection in
                    while let bytes = try await connection.input.next() {
                        if String(buffer: bytes) == "fail" { throw Broken() }
                        try await connection.output.write(bytes)
                    }
                    try await connection.output.write("bye")
                }
            )
        }
        let echo = try await client.upgrade("/echo", headers: [(.upgrade, "echo")])
        #expect(echo.status == .switchingProtocols)
        #expect(echo.headers[.upgrade] == "echo")
        echo.send("one")
        #expect(try await echo.receive() == ByteBuffer(string: "one"))
        echo.finish()
        #expect(try await echo.receive() == ByteBuffer(string: "bye"))
        #expect(try await echo.receive() == nil)

        let failing = try await client.upgrade("/echo")
        failing.send("fail")
        await #expect(throws: Broken.self) { try await failing.receive() }
        await #expect(throws: NotUpgraded.self) { try await client.upgrade("/other") }
    }

    @Test("A failed expectation says what was expected and what came")
    func expectation() async throws {
        let response = try await Self.client { _ in .plain(.notFound, "nothing") }.get("/x")
        let error = #expect(throws: ExpectationFailed.self) {
            try response.expect(.ok, body: "hello", headers: [(.location, "/")])
        }
        #expect(
            error?.description.hasSuffix(
                "GET /x: expected status 200 OK; expected the body \"hello\"; expected Location: /, but it is missing. It answered 404 Not Found \"nothing\""
            ) == true
        )
    }
}
