import HTTPTypes
import MartletGateway
import MartletServer
import NIOCore
import Testing

/// Answers that have no end of their own: they are told of a stop, and their writers can be cancelled.
@Suite struct StopTests {
    @Test("A stop is told to those who have asked for it, whichever way they send")
    func told() async throws {
        let (begun, notes) = (Signal(), Notes())
        try await RunningServer.with { request in
            let body: @Sendable (BodyWriter) async throws -> Void = { writer in
                let stop = Signal()
                writer.observeStop { stop.send() }
                begun.send()
                await stop.wait()
                notes.add(request.path)
                try await writer.write("bye")
            }
            guard request.wantsUpgrade else { return Response(body: .stream(length: nil, body)) }
            return Response(
                status: .switchingProtocols,
                headers: Headers([(.upgrade, "echo")]),
                body: .upgrade { connection in try await body(connection.output) }
            )
        } _: { server in
            let stream = try server.connect()
            try await stream.send("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n")
            await begun.wait()
            let tunnel = try server.connect()
            try await tunnel.send("GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
            await begun.wait()
            #expect(notes.all == [])
            server.server.beginShutdown()
            #expect(try await stream.readToEnd().hasSuffix("3\r\nbye\r\n0\r\n\r\n"))
            #expect(try await tunnel.readToEnd().hasSuffix("\r\n\r\nbye"))
            try await server.stopped()
            #expect(Set(notes.all) == ["/stream", "/tunnel"])
        }
    }

    @Test("Answers that are over are not told")
    func over() async throws {
        let notes = Notes()
        try await RunningServer.with { request in
            Response(
                body: .stream(length: 5) { writer in
                    writer.observeStop { notes.add("told") }
                    try await writer.write("whole")
                }
            )
        } _: { server in
            let client = try server.connect()
            #expect(try await client.get("/").head.contains("200"))
            server.server.beginShutdown()
            try await server.stopped()
            #expect(notes.all == [])
        }
    }

    @Test("A writer that is cancelled does not wait for a client that takes nothing")
    func cancelled() async throws {
        let (waiting, notes) = (Signal(), Notes())
        try await RunningServer.with { request in
            Response(
                body: .stream(length: nil) { writer in
                    let writing = Task {
                        let piece = ByteBuffer(repeating: 120, count: 1 << 20)
                        // More than any buffer on the way takes.
                        for number in 0..<200 {
                            if number == 100 { notes.add("took all") }
                            try await writer.write(piece)
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(300))
                    writing.cancel()
                    if case .failure(let error) = await writing.result { notes.add("\(type(of: error))") }
                    waiting.send()
                }
            )
        } _: { server in
            let client = try server.connect(receiveBuffer: 4096)
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await waiting.wait()
            #expect(notes.all == ["CancellationError"])
        }
    }
}
