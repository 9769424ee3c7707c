import HTTPTypes
import MartletGateway
import NIOCore
import Synchronization
import Testing

@testable import MartletTesting

@Suite struct LintTests {
    static func violations(
        _ request: TestRequest = TestRequest(.get, "/"),
        _ answer: @escaping @Sendable (Request) async throws -> Response
    ) async throws -> [String] {
        let found = Mutex<[String]>([])
        let lint = Lint { violation in found.withLock { $0.append(violation.description) } }
        _ = try await TestClient(ApplicationClosure(answer).wrapped(in: lint)).send(request)
        return found.withLock { $0 }
    }

    @Test("Nothing to say", arguments: ["/bytes", "/stream", "/head"])
    func clean(_ path: String) async throws {
        let found = try await Self.violations(TestRequest(path == "/head" ? .head : .get, path)) { request in
            if request.path == "/bytes" { return .plain(.ok, "x") }
            return Response(body: .stream(length: 2) { try await $0.write("ab") })
        }
        #expect(found == [])
    }

    static let badAnswers: [(Response, String)] = [
        (
            Response(headers: Headers([(.contentLength, "3")]), body: .bytes(ByteBuffer(string: "ab"))),
            "The application broke rule 4: it sets Content-Length to 3, but the body has 2 bytes."
        ),
        (
            Response(headers: Headers([(.connection, "close")])),
            "The application broke rule 4: it sets Connection, which is the server's."
        ),
        (
            Response(headers: Headers([(.init("Keep-Alive") ?? .te, "timeout=5")])),
            "The application broke rule 4: it sets Keep-Alive, which is the server's."
        ),
        (
            Response(status: .init(code: 199)),
            "The application broke HTTP's grammar: the status 199 is not that of an answer (200 to 599)."
        ),
        (
            Response(headers: Headers([(.location, "a\nb")])),
            "The application broke HTTP's grammar: The response header \"Location\" has a line break or another control character in its value."
        ),
        (
            Response(body: .stream(length: 3) { try await $0.write("ab") }),
            "The application broke rule 4: it announced a body of 3 bytes and wrote 2."
        ),
        (
            Response(body: .stream(length: 1) { try? await $0.write("ab") }),
            "The application broke rule 4: it announced a body of 1 bytes and wrote 2."
        ),
    ]

    @Test("What applications do wrong", arguments: badAnswers.indices)
    func application(_ index: Int) async throws {
        let (answer, sentence) = Self.badAnswers[index]
        #expect(try await Self.violations { _ in answer } == [sentence])
    }

    @Test("Writing on after the client has gone, and after the end")
    func writing() async throws {
        let kept = Mutex<BodyWriter?>(nil)
        let found = try await Self.violations(TestRequest(.get, "/", disconnectsAfter: 1)) { _ in
            Response(
                body: .stream(length: nil) { writer in
                    kept.withLock { $0 = writer }
                    for _ in 0..<3 { try? await writer.write("a") }
                }
            )
        }
        #expect(found == ["The application broke rule 3: it went on writing after the client had gone away."])
    }

    @Test("An error that answers with a stream")
    func streamedError() async throws {
        struct Streamed: ResponseError, CustomStringConvertible {
            var description: String { "streamed" }
            var response: Response { Response(body: .stream(length: nil) { _ in }) }
        }
        let found = try await Self.violations { _ in throw Streamed() }
        #expect(
            found == ["The application broke rule 2: the error streamed answers with a body that is not all there."]
        )
    }

    /// A server that calls applications in ways of its own.
    static func call(
        _ method: String = "GET",
        _ target: String = "/",
        fields: [(String, String)] = [("Host", "x")],
        body: RequestBody = .none,
        onLoop: Bool = true,
        then: @escaping @Sendable (Response) async throws -> Void = { _ in }
    ) async throws -> [String] {
        let found = Mutex<[String]>([])
        let lint = Lint { violation in found.withLock { $0.append(violation.description) } }
        let application = ApplicationClosure { _ in Response(body: .stream(length: nil) { try await $0.write("a") }) }
            .wrapped(in: lint)
        let client = TestClient(application)
        let request = Request(
            head: RequestHead(method: method, target: target, fields: fields),
            connection: client.connection,
            body: body,
            sequence: 1
        )
        if onLoop {
            let exchange = TestExchange(client: client, request: TestRequest(.get, "/"), sequence: 1)
            try await exchange.onLoop { try await then(try await application.respond(to: request)) }
        } else {
            try await then(try await application.respond(to: request))
        }
        return found.withLock { $0 }
    }

    @Test("What servers do wrong")
    func server() async throws {
        #expect(try await Self.call() == [])
        #expect(
            try await Self.call(onLoop: false)
                == [
                    "The server broke rule 1: the application was called on a thread that is not the connection's event loop."
                ]
        )
        #expect(
            try await Self.call("G T", "x y") == [
                "The server broke HTTP's grammar: the method is not a token.",
                "The server broke HTTP's grammar: the request target is empty or has white space or control characters in it.",
                "The server broke HTTP's grammar: the path \"x y\" does not begin with a slash.",
            ]
        )
        #expect(
            try await Self.call(fields: [("A b", "c"), ("D", " e")]) == [
                "The server broke HTTP's grammar: a request of HTTP/1.1 has no Host.",
                "The server broke HTTP's grammar: a header name is not a token.",
                "The server broke HTTP's grammar: the header \"D\" has control characters or white space around its value.",
            ]
        )
        #expect(
            try await Self.call(body: .bytes(ByteBuffer(string: "abc"))) == [
                "The server broke rule 5: the body's length is 3 bytes, but the head says 0 bytes."
            ]
        )
        let sink = CollectingSink(length: nil, limit: 10, disconnectsAfter: nil, onDisconnect: {})
        let twice = try await Self.call { response in
            guard case .stream(_, let write) = response.body else { return }
            try await write(BodyWriter(sink))
            try await write(BodyWriter(sink))
        }
        #expect(twice == ["The server broke rule 4: it ran a streamed body 2 times."])
        let head = try await Self.call("HEAD") { response in
            guard case .stream(_, let write) = response.body else { return }
            try await write(BodyWriter(sink))
        }
        #expect(
            head == [
                "The server broke rule 4: it took a body for an answer that has none (HEAD, 204, 205, 304)."
            ]
        )
    }

    @Test("Without a report a violation cannot be overlooked")
    func throwing() async throws {
        let application = ApplicationClosure { request in
            request.path == "/head"
                ? Response(headers: Headers([(.connection, "close")]))
                : Response(body: .stream(length: 3) { try await $0.write("ab") })
        }
        let client = TestClient(application.wrapped(in: Lint()))
        try await client.get("/head").expect(.internalServerError)
        let response = try await client.get("/stream")
        guard case .aborted(let error) = response.ending else {
            Issue.record("not aborted")
            return
        }
        #expect(error is LintViolation || error is LengthMismatch)
    }
}
