import MartletTesting
import NIOCore
import NIOPosix
import Testing

/// The client for live servers, against sockets that say what they were told to.
@Suite struct SocketTargetTests {
    /// A server that answers the first bytes of each connection with a fixed text and closes.
    private static func withServer<Value>(
        _ answer: String,
        _ body: (SocketTarget) async throws -> Value
    ) async throws -> Value {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Canned(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let value = try await body(SocketTarget(host: "127.0.0.1", port: channel.localAddress?.port ?? 0))
            try await channel.close()
            return value
        } catch {
            try await channel.close()
            throw error
        }
    }

    private final class Canned: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let answer: String

        init(_ answer: String) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let request = String(buffer: unwrapInboundIn(data))
            let text =
                answer == "echo" ? "HTTP/1.1 200 OK\r\nContent-Length: \(request.utf8.count)\r\n\r\n\(request)" : answer
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.value.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in
                context.value.close(promise: nil)
            }
        }
    }

    @Test("What goes out is HTTP/1.1")
    func request() async throws {
        let response = try await Self.withServer("echo") { target in
            try await target.send(ConformanceRequest("POST", "/a?b", headers: [("X-One", "1")], body: .whole("abc")))
        }
        #expect(response.text.hasPrefix("POST /a?b HTTP/1.1\r\nHost: 127.0.0.1:"))
        #expect(response.text.hasSuffix("\r\nConnection: close\r\nX-One: 1\r\nContent-Length: 3\r\n\r\nabc"))
    }

    @Test("An answer that is cut off")
    func aborted() async throws {
        let response = try await Self.withServer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab") { target in
            try await target.send(ConformanceRequest("GET", "/"))
        }
        #expect(response.text == "ab")
        #expect(!response.isComplete)
    }

    @Test("No answer at all")
    func nothing() async throws {
        await #expect(throws: (any Error).self) {
            try await Self.withServer("") { target in try await target.send(ConformanceRequest("GET", "/")) }
        }
    }
}
