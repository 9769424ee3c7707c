import HTTPTypes
import Logging
import MartletGateway
import MartletServer
import NIOCore
import NIOPosix
import Testing

@Suite struct InformTests {
    /// Sends two hints, waits until the client says that it has them, then answers and tries a third.
    struct Hinting: Application {
        let seen: AsyncStream<Void>

        func respond(to request: Request) async throws -> Response {
            let link = request.query
            request.inform(Headers([(.link, link), (.connection, "close"), (.contentLength, "5")]))
            request.inform(
                Headers([(HTTPField.Name("X-Step")!, "2")]),
                status: .init(code: 102, reasonPhrase: "Processing")
            )
            var broken = Headers()
            broken.append("X-Bad", "a\r\nb: c")
            request.inform(broken)
            request.inform(Headers(), status: .ok)
            request.inform(Headers(), status: .continue)
            for await _ in seen { break }
            return Response.plain(.ok, "done")
        }
    }

    @Test("Hints go out before the answer, and for HTTP/1.0 not at all", arguments: ["1.1", "1.0"])
    func hints(_ version: String) async throws {
        let (seen, tell) = AsyncStream.makeStream(of: Void.self)
        let server = Server(
            configuration: ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)], eventLoops: 1),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let bound = try await server.bind()
        guard case .tcp(let host, let port) = bound.first?.address else {
            Issue.record("not bound")
            return
        }
        async let served: Void = server.serve(Hinting(seen: seen))

        let (arrived, arrive) = AsyncStream.makeStream(of: String.self)
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(arrive))
                }
            }
            .connect(host: host, port: port).get()
        let request = "GET /?</a.css> HTTP/\(version)\r\nHost: a\r\nConnection: close\r\n\r\n"
        try await client.writeAndFlush(
            ByteBuffer(string: request.replacing("<", with: "%3C").replacing(">", with: "%3E"))
        )

        let interim =
            "HTTP/1.1 103 Early Hints\r\nLink: %3C/a.css%3E\r\n\r\nHTTP/1.1 102 Processing\r\nX-Step: 2\r\n\r\n"
        let expected = version == "1.1" ? interim : ""
        var text = ""
        if expected.isEmpty { tell.yield() }
        for await piece in arrived {
            text += piece
            if !expected.isEmpty, text == expected { tell.yield() }
        }
        #expect(text.hasPrefix(expected + "HTTP/1.1 200 OK\r\n"))
        #expect(text.hasSuffix("\r\n\r\ndone"))
        server.beginShutdown()
        try await served
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let arrive: AsyncStream<String>.Continuation

        init(_ arrive: AsyncStream<String>.Continuation) { self.arrive = arrive }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            arrive.yield(String(buffer: unwrapInboundIn(data)))
        }

        func channelInactive(context: ChannelHandlerContext) { arrive.finish() }
    }
}
