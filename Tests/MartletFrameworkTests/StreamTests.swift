import HTTPTypes
import Logging
import MartletFramework
import MartletGateway
import MartletSessions
import MartletTesting
import NIOCore
import Synchronization
import Testing

/// Keeps what is logged.
struct NotingHandler: LogHandler {
    let notes: WebSocketTests.Notes
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { notes.add("\(event.level): \(event.message)") }
}

/// Streamed answers, and what belongs to their end.
@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    struct Broken: Error {}

    @Test("Strings, bytes and sequences, and a body that goes back as it comes")
    func streams() async throws {
        let app = App()
        app.get("/text") { Response.stream { writer in try await writer.write("a") } }
        app.get("/numbers") { request in
            let numbers = AsyncStream<String> { stream in
                for number in 1...3 { stream.yield("\(number)\n") }
                stream.finish()
            }
            return Response.stream(contentType: "application/x-ndjson", numbers)
        }
        app.post("/echo") { request in
            Response.stream(contentType: "application/octet-stream") { writer in
                try await writer.write([UInt8(ascii: "<")])
                try await writer.write(contentsOf: request.body)
                try await writer.write(">")
            }
        }
        let client = TestClient(app)
        try await client.get("/text").expect(.ok, body: "a", headers: [(.contentType, "text/plain; charset=utf-8")])
        try await client.get("/numbers").expect(
            .ok,
            body: "1\n2\n3\n",
            headers: [(.contentType, "application/x-ndjson")]
        )
        try await client.post("/echo", body: .pieces("one ", "two")).expect(.ok, body: "<one two>")
    }

    private static func app(_ notes: WebSocketTests.Notes) -> App {
        let app = App(environment: .production)
        app.teardown { request, error in notes.add("teardown \(request.path) \(error.map { "\(type(of: $0))" } ?? "-")")
        }
        app.get("/whole") { "whole" }
        app.get("/stream") {
            Response.stream { writer in
                notes.add("body")
                try await writer.write("abc")
            }
        }
        app.get("/broken") {
            Response.stream { writer in
                try await writer.write("abc")
                throw Broken()
            }
        }
        return app
    }

    @Test("Teardown runs when a stream has ended, once")
    func teardown() async throws {
        let notes = WebSocketTests.Notes()
        let client = TestClient(Self.app(notes))
        try await client.get("/whole").expect(.ok)
        try await client.get("/stream").expect(.ok, body: "abc")
        #expect(try await client.get("/broken").isComplete == false)
        _ = try await client.send(TestRequest(.get, "/stream", disconnectsAfter: 1))
        _ = try await client.head("/stream")
        #expect(
            notes.all == [
                "teardown /whole -", "body", "teardown /stream -", "teardown /broken Broken", "body",
                "teardown /stream -",
                "body", "teardown /stream CancellationError",
            ]
        )
    }

    @Test("Teardown runs, too, if nobody runs the body")
    func dropped() async throws {
        struct Replacing: Middleware {
            func respond(to request: Request, next: any Application) async throws -> Response {
                _ = try await next.respond(to: request)
                return .plain(.ok, "another")
            }
        }
        let notes = WebSocketTests.Notes()
        let app = Self.app(notes)
        app.use(Replacing())
        try await TestClient(app).get("/stream").expect(.ok, body: "another")
        #expect(try await notes.wait(for: 1) == ["teardown /stream ClientDisconnected"])
    }

    @Test("A session cannot be changed by a streamed body, and the log says so")
    func sessions() async throws {
        let app = App()
        app.sessions(.random())
        app.get("/") { request in
            request.session["early"] = "1"
            return Response.stream { writer in
                request.session["late"] = "1"
                try await writer.write(request.session["early", as: String.self] ?? "-")
                try await writer.write(request.session["late", as: String.self] ?? "-")
            }
        }
        app.get("/read") { request in
            (request.session["early", as: String.self] ?? "-") + (request.session["late", as: String.self] ?? "-")
        }
        let notes = WebSocketTests.Notes()
        let client = TestClient(app, logger: Logger(label: "test") { _ in NotingHandler(notes: notes) })
        try await client.get("/").expect(.ok, body: "1-")
        #expect(
            notes.all.count == 1
                && notes.all[0].hasPrefix("error: The session was changed after the head of its answer")
        )
        try await client.get("/read").expect(.ok, body: "1-")
    }
}
