import Dispatch
import HTTPTypes
import MartletGateway
import MartletServer
import NIOCore
import Synchronization
import Testing

/// Answers that are made while they are sent.
@Suite struct StreamTests {
    struct Broken: Error {}

    @Sendable static func stream(_ request: Request) async throws -> Response {
        switch request.path {
        case "/announced": Response(body: .stream(length: 10) { for _ in 0..<2 { try await $0.write("hello") } })
        case "/short": Response(body: .stream(length: 10) { try await $0.write("hello") })
        case "/long": Response(body: .stream(length: 3) { try await $0.write("hello") })
        case "/broken":
            Response(
                body: .stream(length: nil) {
                    try await $0.write("hello")
                    throw Broken()
                }
            )
        case "/nothing": Response(body: .stream(length: nil) { _ in })
        default:
            Response(
                body: .stream(length: nil) { writer in
                    for part in ["one", "two", "three"] {
                        try await writer.write(part)
                        await Task.yield()
                    }
                }
            )
        }
    }

    @Test func unknownLengthIsChunked() async throws {
        try await RunningServer.with(Self.stream) { server in
            let client = try server.connect()
            for _ in 0..<2 {
                try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try await client.read(until: "\r\n\r\n").contains("Transfer-Encoding: chunked\r\n"))
                #expect(try await client.read(until: "0\r\n\r\n") == "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n")
            }
            try await client.send("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = try await client.read(until: "\r\n\r\n")
            #expect(try await client.read(until: "0\r\n\r\n") == "0\r\n\r\n")
            #expect(try await client.get("/announced").body == "hellohello")
        }
    }

    @Test func oldClientsReadUntilTheEnd() async throws {
        try await RunningServer.with(Self.stream) { server in
            let answer = try await server.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(answer.hasSuffix("Connection: close\r\n\r\nonetwothree"))
            #expect(!answer.contains("chunked"))
        }
    }

    @Test func headHasNoBodyAndTheProducerIsToldToStop() async throws {
        let outcome = Mutex("")
        try await RunningServer.with { _ in
            Response(
                body: .stream(length: nil) { writer in
                    let wasCancelled = Task.isCancelled
                    do {
                        try await writer.write("x")
                    } catch {
                        outcome.withLock { $0 = "\(wasCancelled), \(type(of: error))" }
                    }
                }
            )
        } _: { server in
            let client = try server.connect()
            for _ in 0..<2 {
                try await client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
                #expect(try await client.readAnswer().status == 200)
            }
            #expect(outcome.withLock { $0 } == "true, CancellationError")
        }
    }

    @Test(arguments: [("/short", "5 bytes shorter"), ("/long", "2 bytes longer"), ("/broken", "Broken()")])
    func brokenAnswerIsNotEndedAsIfItWereWhole(path: String, word: String) async throws {
        try await RunningServer.with(Self.stream) { server in
            let answer = try await server.exchange("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(!answer.hasSuffix("0\r\n\r\n"))
            #expect(server.log.text.contains(word))
        }
    }

    @Test func brokenAnswerToAnOldClientEndsWithAReset() async throws {
        try await RunningServer.with(Self.stream) { server in
            await #expect(throws: RawClient.Failure.self) {
                try await server.exchange("GET /broken HTTP/1.0\r\n\r\n")
            }
        }
    }

    @Test func slowClientHoldsTheApplicationBack() async throws {
        let written = Mutex(0)
        let ended = Signal()
        let outcome = Mutex("")
        try await RunningServer.with { _ in
            Response(
                body: .stream(length: nil) { writer in
                    let chunk = ByteBuffer(repeating: 120, count: 65_536)
                    do {
                        while true {
                            try await writer.write(chunk)
                            written.withLock { $0 += chunk.readableBytes }
                        }
                    } catch {
                        outcome.withLock { $0 = "\(type(of: error))" }
                        ended.send()
                        throw error
                    }
                }
            )
        } configure: {
            // The client that takes nothing is dropped after this.
            $0.limits.sendTimeout = .milliseconds(200)
        } _: { server in
            let client = try server.connect(receiveBuffer: 4096)
            try await client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            _ = try await client.read(until: "\r\n\r\n")
            await ended.wait()
            #expect(outcome.withLock { $0 } == "ClientDisconnected")
            #expect(written.withLock { $0 } < 20_000_000)
        }
    }

    @Test func anotherConnectionHasItsTurnWhileAnAnswerIsWrittenWithoutAWait() async throws {
        let began = Signal()
        let notes = Notes()
        let isSent = DispatchSemaphore(value: 0)
        // Holds the loop until the other request is there: so it waits for this loop, and for nothing else.
        @Sendable func holdLoop() { isSent.wait() }
        try await RunningServer.with { request in
            notes.add(request.path)
            guard request.path == "/stream" else { return .plain(.ok, "") }
            return Response(
                body: .stream(length: nil) { writer in
                    began.send()
                    holdLoop()
                    for number in 0..<2000 {
                        try await writer.write(ByteBuffer(repeating: 120, count: 1000))
                        if number == 1999 { notes.add("whole") }
                    }
                }
            )
        } _: { server in
            let other = try server.connect()
            _ = try await other.get("/first")
            let client = try server.connect(receiveBuffer: 4_000_000)
            try await client.send("GET /stream HTTP/1.0\r\n\r\n")
            await began.wait()
            try await other.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n")
            isSent.signal()
            #expect(try await client.readToEnd().utf8.count > 2_000_000)
            #expect(notes.all == ["/first", "/stream", "/other", "whole"])
        }
    }

    @Test func manyAndLargeWritesArriveWhole() async throws {
        try await RunningServer.with { _ in
            Response(
                body: .stream(length: 30_000_000) { writer in
                    for number in 0..<300 {
                        try await writer.write(ByteBuffer(repeating: UInt8(97 + number % 26), count: 100_000))
                    }
                }
            )
        } _: { server in
            let client = try server.connect()
            let body = try await client.get("/").body
            #expect(body.utf8.count == 30_000_000)
            #expect(body.utf8.enumerated().allSatisfy { Int($1) == 97 + $0 / 100_000 % 26 })
        }
    }

    @Test func writesFromOtherThreadsArriveInOrder() async throws {
        try await RunningServer.with { _ in
            Response(
                body: .stream(length: nil) { writer in
                    await Task.detached {
                        for number in 0..<100 { try? await writer.write("\(number),") }
                    }.value
                }
            )
        } _: { server in
            let answer = try await server.exchange("GET / HTTP/1.0\r\n\r\n")
            #expect(answer.hasSuffix((0..<100).map { "\($0)," }.joined()))
        }
    }

    @Test func largeBuffersArriveWhole() async throws {
        try await RunningServer.with { request in
            let count = Int(request.query) ?? 0
            return Response(body: .bytes(ByteBuffer(repeating: 120, count: count)))
        } _: { server in
            let client = try server.connect()
            for count in [0, 1, 16_384, 16_385, 100_000, 9_000_000] {
                #expect(try await client.get("/?\(count)").body.utf8.count == count)
            }
            // Answers that the client does not take yet hold back the requests behind them.
            try await client.send((0..<20).map { _ in "GET /?1000000 HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
            for _ in 0..<20 { #expect(try await client.readAnswer().body.utf8.count == 1_000_000) }
        }
    }
}
