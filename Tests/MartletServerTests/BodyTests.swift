import HTTPTypes
import MartletGateway
import MartletServer
import NIOCore
import Synchronization
import Testing

/// Bodies of requests: streamed, unread, too large, given up.
@Suite struct BodyTests {
    @Sendable static func collect(_ request: Request) async throws -> Response {
        if request.path == "/ignore" { return .plain(.ok, "ignored") }
        if request.path == "/length" {
            return .plain(.ok, "\(try await request.body.collect(upTo: 50_000_000).readableBytes)")
        }
        return Response(body: .bytes(try await request.body.collect(upTo: 50_000_000)))
    }

    @Test func largeBodiesArrive() async throws {
        try await RunningServer.with(Self.collect) { server in
            let client = try server.connect()
            let body = String(repeating: "0123456789abcdef", count: 200_000)
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
            async let sent: Void = client.send(body)
            try await sent
            #expect(try await client.readAnswer().body == body)

            try await client.send("POST /length HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<100 { try await client.send("8000\r\n" + String(repeating: "x", count: 32_768) + "\r\n") }
            try await client.send("0\r\nTrailer: dropped\r\n\r\n")
            #expect(try await client.readAnswer().body == "3276800")
        }
    }

    @Test func continueIsSentAtTheFirstRead() async throws {
        try await RunningServer.with(Self.collect) { server in
            let client = try server.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("hello")
            #expect(try await client.readAnswer().body == "hello")

            // Nobody asks for the body: a final answer at once, and no promise to read what may follow.
            try await client.send(
                "POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            )
            let answer = try await client.readAnswer()
            #expect(answer.body == "ignored")
            #expect(answer.contains(field: "Connection: close"))
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func continueIsNotSentForABodyThatIsHere() async throws {
        try await RunningServer.with(Self.collect) { server in
            let client = try server.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi")
            #expect(try await client.readAnswer().body == "hi")
            try await client.send("GET /ignore HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n")
            #expect(try await client.readAnswer().body == "ignored")
        }
    }

    @Test func smallUnreadBodyIsDiscarded() async throws {
        try await RunningServer.with(Self.collect) { server in
            let client = try server.connect()
            try await client.send("POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
            #expect(try await client.readAnswer().body == "ignored")
            try await client.send("lloGET /next HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.readAnswer().status == 200)
        }
    }

    @Test func largeUnreadBodyEndsTheConnectionAfterTheAnswer() async throws {
        try await RunningServer.with(Self.collect) { server in
            let client = try server.connect()
            try await client.send("POST /ignore HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\nhe")
            let answer = try await client.readAnswer()
            #expect(answer.body == "ignored")
            #expect(answer.contains(field: "Connection: close"))
            // The client is still sending; its answer must not be lost to a reset.
            try await client.send(String(repeating: "x", count: 100_000))
            #expect(try await client.readToEnd() == "")
        }
    }

    @Test func bodiesAboveTheLimitAreRefused() async throws {
        try await RunningServer.with(Self.collect, configure: { $0.limits.bodyBytes = 100 }) { server in
            let announced = try await server.exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n")
            #expect(announced.hasPrefix("HTTP/1.1 413 "))
            #expect(announced.contains("larger than the limit of 100 bytes"))
            let chunks = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n"
            let whole = try await server.exchange(chunks + String(repeating: "x", count: 80) + "\r\n50\r\n")
            #expect(whole.hasPrefix("HTTP/1.1 413 "))

            let client = try server.connect()
            try await client.send(chunks)
            try await client.send(String(repeating: "x", count: 80) + "\r\n50\r\n")
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func brokenChunksReachTheApplicationAsAnError() async throws {
        try await RunningServer.with(Self.collect) { server in
            let client = try server.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
            try await client.send("lo!!\r\n")
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("The data of a chunk is not followed by"))
        }
    }

    @Test func clientThatLeavesFailsTheBodyAndCancelsTheTask() async throws {
        let began = Signal()
        let ended = Signal()
        let outcome = Mutex("")
        try await RunningServer.with { request in
            began.send()
            do {
                _ = try await request.body.collect(upTo: 100)
            } catch {
                outcome.withLock { $0 = "\(type(of: error)), \(Task.isCancelled)" }
            }
            ended.send()
            return .plain(.ok, "")
        } _: { server in
            let client = try server.connect()
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
            await began.wait()
            client.reset()
            await ended.wait()
            #expect(outcome.withLock { $0 } == "ClientDisconnected, true")
        }
    }

    @Test func halfABodyIsTheClientsFaultWhateverTheApplicationMakesOfIt() async throws {
        struct Broken: Error {}
        try await RunningServer.with { request in
            do {
                return .plain(.ok, "\(try await request.body.collect(upTo: 100).readableBytes)")
            } catch {
                if request.path == "/own" { throw Broken() }
                throw error
            }
        } _: { server in
            for path in ["/", "/own"] {
                let client = try server.connect()
                try await client.send("POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
                client.closeWrite()
                let answer = try await client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 400 "))
                #expect(answer.contains("before the request body was complete"))
            }
            #expect(!server.log.text.contains("application failed"))
            #expect(server.log.text.contains("info: Request refused: The client ended its side"))
        }
    }

    @Test(arguments: ["/whole", "/stream"])
    func halfClosedClientStillGetsItsAnswerAndNothingIsCancelled(path: String) async throws {
        let began = Signal()
        let goOn = Signal()
        let large = ByteBuffer(repeating: 120, count: 2_000_000)
        try await RunningServer.with { request in
            switch request.path {
            case "/whole":
                began.send()
                await goOn.wait()
                return Response(body: .bytes(Task.isCancelled ? ByteBuffer() : large))
            case "/stream":
                return Response(
                    body: .stream(length: nil) { writer in
                        try await writer.write("begun")
                        began.send()
                        await goOn.wait()
                        try Task.checkCancellation()
                        try await writer.write(large)
                    }
                )
            default: return .plain(.ok, "")
            }
        } _: { server in
            let client = try server.connect(receiveBuffer: 4096)
            try await client.send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
            await began.wait()
            client.closeWrite()
            // The one loop has seen the half close when it answers another client.
            _ = try await server.connect().get("/")
            goOn.send()
            let answer = try await client.readToEnd()
            #expect(answer.utf8.count > 2_000_000)
            #expect(answer.hasSuffix(path == "/stream" ? "x\r\n0\r\n\r\n" : "x"))
        }
    }

    @Test func halfClosedClientGetsAllPipelinedAnswers() async throws {
        try await RunningServer.with(ExchangeTests.echo) { server in
            let client = try server.connect()
            try await client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
            client.closeWrite()
            let all = try await client.readToEnd()
            #expect(all.contains("later"))
            #expect(all.hasSuffix("/2"))
        }
    }

    @Test func unreadBodyHoldsTheClientBack() async throws {
        let began = Signal()
        let goOn = Signal()
        try await RunningServer.with { request in
            began.send()
            await goOn.wait()
            return .plain(.ok, "\(try await request.body.collect(upTo: 60_000_000).readableBytes)")
        } configure: {
            $0.limits.bodyBytes = 60_000_000
        } _: { server in
            let client = try server.connect()
            let count = 40_000_000
            try await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n")
            let isSent = Mutex(false)
            let sending = Task {
                try await client.send([UInt8](repeating: 120, count: count))
                isSent.withLock { $0 = true }
            }
            await began.wait()
            // The sockets' own buffers take some megabytes; all of it fits nowhere while nobody reads.
            let wasSent = isSent.withLock { $0 }
            #expect(!wasSent)
            goOn.send()
            try await sending.value
            #expect(try await client.readAnswer().body == "\(count)")
        }
    }
}
