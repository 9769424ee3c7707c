import HTTPTypes
import MartletGateway
import MartletServer
import NIOCore
import Synchronization
import Testing

/// Requests and answers on one connection.
@Suite struct ExchangeTests {
    @Sendable static func echo(_ request: Request) async throws -> Response {
        switch request.path {
        case "/later":
            await Task.yield()
            return .plain(.ok, "later")
        case "/body":
            return Response(body: .bytes(try await request.body.collect(upTo: 100_000_000)))
        case "/teapot":
            struct Teapot: ResponseError {
                var response: Response { .plain(.init(code: 418, reasonPhrase: "I'm a teapot"), "short and stout") }
            }
            throw Teapot()
        case "/error":
            struct Broken: Error {}
            throw Broken()
        case "/bad-header":
            var headers = Headers()
            headers.append("X-Name", "a\r\nSet-Cookie: b")
            return Response(headers: headers, body: .empty)
        case "/bad-status":
            return Response(status: .init(code: 101, reasonPhrase: "Switching Protocols"), body: .empty)
        default:
            return .plain(.ok, request.path)
        }
    }

    @Test func connectionIsKept() async throws {
        try await RunningServer.with(Self.echo) { server in
            let client = try server.connect()
            for path in ["/one", "/later", "/two"] {
                let answer = try await client.get(path)
                #expect(answer.status == 200)
                #expect(answer.body == (path == "/later" ? "later" : path))
                #expect(answer.contains(field: "Server: martlet"))
                #expect(answer.head.contains("\r\nDate: "))
                #expect(!answer.head.contains("Connection:"))
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await RunningServer.with(Self.echo) { server in
            let client = try server.connect()
            let paths = (0..<200).map { $0 % 3 == 0 ? "/later" : "/\($0)" }
            try await client.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: test\r\n\r\n" }.joined())
            for path in paths {
                #expect(try await client.readAnswer().body == (path == "/later" ? "later" : path))
            }
        }
    }

    @Test func requestMayComeByteByByte() async throws {
        try await RunningServer.with(Self.echo) { server in
            let client = try server.connect()
            for byte in "POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                .utf8
            {
                try await client.send([byte])
            }
            #expect(try await client.readAnswer().body == "hello")
        }
    }

    @Test func connectionEndsWhereTheClientWantsIt() async throws {
        try await RunningServer.with(Self.echo) { server in
            #expect(
                try await server.exchange("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").contains(
                    "Connection: close\r\n"
                )
            )
            #expect(try await server.exchange("GET /a HTTP/1.0\r\n\r\n").hasSuffix("\r\n\r\n/a"))
            let client = try server.connect()
            try await client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try await client.readAnswer().contains(field: "Connection: keep-alive"))
            #expect(try await client.get("/b").body == "/b")
        }
    }

    @Test func answersToHeadHaveNoBody() async throws {
        try await RunningServer.with(Self.echo) { server in
            let client = try server.connect()
            try await client.send("HEAD /abc HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try await client.readAnswer(hasBody: false).contains(field: "Content-Length: 4"))
            #expect(try await client.get("/next").body == "/next")
        }
    }

    @Test func errorsBecomeAnswers() async throws {
        try await RunningServer.with(Self.echo) { server in
            let client = try server.connect()
            let failed = try await client.get("/error")
            #expect(failed.status == 500)
            #expect(failed.body.hasPrefix("Internal Server Error\nRequest "))
            let id = failed.body.split(separator: " ").last?.dropLast() ?? ""
            #expect(server.log.text.contains("The application failed: Broken()"))
            #expect(server.log.text.contains(String(id)))

            let teapot = try await client.get("/teapot")
            #expect(teapot.head.hasPrefix("HTTP/1.1 418 I'm a teapot\r\n"))
            #expect(teapot.body == "short and stout")

            let split = try await client.get("/bad-header")
            #expect(split.status == 500)
            #expect(!split.head.contains("Set-Cookie"))
            #expect(server.log.text.contains("\"X-Name\" has a line break"))

            #expect(try await client.get("/bad-status").status == 500)
            #expect(try await client.get("/still-there").body == "/still-there")
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\nHost: h\n\n", 400), ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501), ("\u{16}\u{3}\u{1}", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417),
    ])
    func faultsAreAnsweredAndEndTheConnection(request: String, status: Int) async throws {
        try await RunningServer.with(Self.echo) { server in
            let answer = try await server.exchange(request + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains("Connection: close\r\n"))
            #expect(!answer.contains("/smuggled"))
        }
    }

    @Test func applicationThatDoesNotWaitStaysOnTheLoop() async throws {
        let threads = Mutex<[Bool]>([])
        try await RunningServer.with { request in
            threads.withLock { $0.append(request.connection.eventLoop.inEventLoop) }
            if request.path == "/later" { await Task.yield() }
            threads.withLock { $0.append(request.connection.eventLoop.inEventLoop) }
            return .plain(.ok, "")
        } _: { server in
            let client = try server.connect()
            _ = try await client.get("/now")
            _ = try await client.get("/later")
        }
        #expect(threads.withLock { $0 } == [true, true, true, true])
    }

    @Test func upgradedConnectionIsTheApplications() async throws {
        try await RunningServer.with { request in
            guard request.wantsUpgrade else { return .plain(.upgradeRequired, "") }
            return Response(
                status: .switchingProtocols,
                headers: Headers([(.upgrade, "echo")]),
                body: .upgrade { connection in
                    while let bytes = try await connection.input.next() {
                        try await connection.output.write(bytes)
                        if String(buffer: bytes).contains("bye") { return }
                    }
                }
            )
        } _: { server in
            let client = try server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly;")
            let head = try await client.read(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            #expect(head.contains("Upgrade: echo\r\nConnection: upgrade\r\n"))
            #expect(try await client.read(until: ";") == "early;")
            try await client.send("late;")
            #expect(try await client.read(until: ";") == "late;")
            try await client.send("bye")
            #expect(try await client.readToEnd() == "bye")
        }
    }
}
