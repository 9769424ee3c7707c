import Logging
import MartletGateway
import MartletWebSocket
import NIOCore
import Synchronization
import Testing

@testable import MartletFramework

/// What waits for whom between a connection and a handler.
@Suite(.timeLimit(.minutes(1))) struct WebSocketLinkTests {
    @Test("Who sends waits for a client that is slow")
    func slowClient() async throws {
        let link = WebSocketLink()
        let sent = Atomic<Int>(0)
        async let sending: Void = {
            for _ in 0..<20 {
                try await link.send(.text(String(repeating: "x", count: 20_000)))
                sent.add(1, ordering: .relaxed)
            }
        }()
        try await Task.sleep(for: .milliseconds(50))
        // The fourth is above 64 KB, and waits.
        #expect(sent.load(ordering: .relaxed) == 3)
        for _ in 0..<20 { _ = await link.outbox.take() }
        try await sending
    }

    /// A connection that counts what is asked of it, and takes what is written.
    private final class Source: BodySource {
        let asked = Atomic<Int>(0)
        func bodyIsWanted() { asked.add(1, ordering: .relaxed) }
    }

    private final class Sink: BodySink {
        func write(_ bytes: ByteBuffer) async throws {}
    }

    @Test("A client waits for a handler that is slow")
    func slowHandler() async throws {
        let (link, source) = (WebSocketLink(), Source())
        let input = BodyStream(length: nil, source: source)
        let run = WebSocketRun(
            link: link,
            options: WebSocketOptions(closeTimeout: .milliseconds(10)),
            logger: Logger(label: "test")
        )
        var frames = ByteBuffer()
        for _ in 0..<100 {
            WebSocketEncoder(.client).write(.text(String(repeating: "x", count: 10_000)), into: &frames)
        }
        // All at once: the connection would have stopped reading, but here it has come already.
        _ = input.feed(frames)
        let (begin, beginning) = AsyncStream.makeStream(of: Void.self)
        let running = Task {
            try await run(UpgradedConnection(input: input, output: BodyWriter(Sink()))) {
                for await _ in begin { break }
                var count = 0
                while count < 100, await link.inbox.take() != nil { count += 1 }
                #expect(count == 100)
            }
        }
        try await Task.sleep(for: .milliseconds(50))
        // Nothing more is asked for while the handler has so much.
        #expect(source.asked.load(ordering: .relaxed) == 0)
        beginning.finish()
        try await running.value
        #expect(source.asked.load(ordering: .relaxed) == 1)
    }
}
