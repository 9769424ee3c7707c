import HTTPTypes
import MartletGateway
import MartletTesting
import NIOCore
import Synchronization
import Testing

@testable import MartletFramework

/// Server-sent events.
@Suite(.timeLimit(.minutes(1))) struct EventTests {
    @Test(
        "The text of an event",
        arguments: [
            ("hello", nil, nil, nil, "data: hello\n\n"), ("", nil, nil, nil, "data: \n\n"),
            ("a\nb\r\nc\rd", nil, nil, nil, "data: a\ndata: b\ndata: c\ndata: d\n\n"),
            ("end\n", nil, nil, nil, "data: end\ndata: \n\n"),
            ("x", "tick", "7", .milliseconds(2500), "event: tick\nid: 7\nretry: 2500\ndata: x\n\n"),
            ("x", nil, "", .seconds(-1), "id: \nretry: 0\ndata: x\n\n"),
        ] as [(String, String?, String?, Duration?, String)]
    )
    func text(data: String, event: String?, id: String?, retry: Duration?, text: String) throws {
        #expect(try EventText.event(data: data, event: event, id: id, retry: retry) == text)
    }

    @Test("Types and ids have one line")
    func unusable() {
        for bad in ["a\nb", "a\r", "\r\n"] {
            #expect(throws: UnusableEvent(field: "event", value: bad)) {
                try EventText.event(data: "", event: bad, id: nil, retry: nil)
            }
        }
        let error = #expect(throws: UnusableEvent.self) {
            try EventText.event(data: "", event: nil, id: "a\0", retry: nil)
        }
        #expect(error.map { "\($0)" } == "The id of a server-sent event must not have a line break or a NUL: \"a\\0\".")
    }

    struct Point: Encodable { let x: Int }

    @Test("Events, with the head that browsers and proxies need")
    func events() async throws {
        let app = App()
        app.get("/") { request in
            let last = request.lastEventID ?? "none"
            return Response.events { events in
                try await events.send(data: last)
                try await events.send(json: Point(x: 1), event: "point", id: "8")
            }
        }
        let answer = try await TestClient(app).get("/", headers: [(try #require(HTTPField.Name("Last-Event-ID")), "7")])
        try answer.expect(
            .ok,
            body: "data: 7\n\nevent: point\nid: 8\ndata: {\"x\":1}\n\n",
            headers: [(.contentType, "text/event-stream"), (.cacheControl, "no-store")]
        )
        #expect(answer.headers.pairs.contains { $0 == ("X-Accel-Buffering", "no") })
        #expect(answer.isComplete)
    }

    @Test("A comment now and then, while there is nothing to say")
    func heartbeat() async throws {
        let app = App()
        app.get("/") {
            Response.events(heartbeat: .milliseconds(10)) { _ in try await Task.sleep(for: .milliseconds(100)) }
        }
        let text = try await TestClient(app).get("/").text
        #expect(text.hasPrefix(":\n\n"))
    }

    @Test("Cancelled when the client goes")
    func gone() async throws {
        let seen = Mutex("")
        let app = App()
        app.get("/") {
            Response.events { events in
                try await events.send(data: "first")
                do { try await Task.sleep(for: .seconds(60)) } catch { seen.withLock { $0 = "\(type(of: error))" } }
            }
        }
        _ = try await TestClient(app).send(TestRequest(.get, "/", disconnectsAfter: 5))
        #expect(seen.withLock { $0 } == "CancellationError")
    }
}
