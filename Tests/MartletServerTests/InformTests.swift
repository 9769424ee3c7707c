import HTTPTypes
import MartletGateway
import MartletServer
import Testing

@Suite struct InformTests {
    private static let link: Headers = {
        var fields = Headers([(.connection, "close"), (.contentLength, "5")])
        fields.append("Link", "</a.css>; rel=preload")
        return fields
    }()
    private static let sent = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"

    @Test("Hints go out at once, without what belongs to the connection")
    func hints() async throws {
        let seen = Signal()
        try await RunningServer.with { request in
            request.inform(Self.link)
            await seen.wait()
            // From another thread, and with another status.
            await Task.detached { request.inform(Headers(), status: .init(code: 102, reasonPhrase: "Processing")) }
                .value
            return .plain(.ok, "done")
        } _: { server in
            let client = try server.connect()
            for _ in 0..<2 {
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let hint = try await client.read(until: "\r\n\r\n")
                #expect(hint == Self.sent)
                seen.send()
                let second = try await client.read(until: "\r\n\r\n")
                #expect(second == "HTTP/1.1 102 Processing\r\n\r\n")
                let answer = try await client.readAnswer()
                #expect(answer.body == "done")
            }
        }
    }

    @Test("What cannot be sent is not, and the answer comes all the same")
    func nothing() async throws {
        try await RunningServer.with { request in
            var broken = Headers()
            broken.append("X-Bad", "a\r\nb: c")
            request.inform(broken)
            for code in [100, 101, 200, 404] { request.inform(Self.link, status: .init(code: code)) }
            return .plain(.ok, "done")
        } _: { server in
            let answer = try await server.connect().get("/")
            #expect(answer.status == 200)
            #expect(answer.body == "done")
            #expect(server.log.text.contains("The application's informational response cannot be sent"))
        }
    }

    @Test("HTTP/1.0 has none")
    func old() async throws {
        try await RunningServer.with { request in
            request.inform(Self.link)
            return .plain(.ok, "done")
        } _: { server in
            let answer = try await server.exchange("GET / HTTP/1.0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test("After the head, and when the connection is gone, there are none")
    func late() async throws {
        let (begun, gone) = (Signal(), Signal())
        try await RunningServer.with { request in
            Response(
                body: .stream(length: nil) { writer in
                    try await writer.write("a")
                    request.inform(Self.link)
                    begun.send()
                    do {
                        while true {
                            try await writer.write("b")
                            try await Task.sleep(for: .milliseconds(1))
                        }
                    } catch {
                        request.inform(Self.link)
                        gone.send()
                        throw error
                    }
                }
            )
        } _: { server in
            let client = try server.connect()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let text = try await client.read(until: "a\r\n")
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            await begun.wait()
            client.reset()
            await gone.wait()
        }
    }
}
