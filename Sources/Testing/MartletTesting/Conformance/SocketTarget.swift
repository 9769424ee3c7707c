internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A live HTTP/1.1 server: each request goes over a connection of its own, which the client reads to its end, so that
/// surplus bytes are noticed as well as missing ones.
public struct SocketTarget: ConformanceTarget {
    private let connect: @Sendable (ClientBootstrap) -> EventLoopFuture<any Channel>
    private let host: String

    /// A server on a TCP port.
    public init(host: String, port: Int) {
        self.host = "\(host):\(port)"
        connect = { $0.connect(host: host, port: port) }
    }

    /// A server on a Unix socket.
    public init(unixSocketPath path: String) {
        host = "localhost"
        connect = { $0.connect(unixDomainSocketPath: path) }
    }

    /// - Throws: `ResponseText.Malformed`, ``NoAnswer``, and what the socket says.
    public func send(_ request: ConformanceRequest) async throws -> ConformanceResponse {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let done = loop.makePromise(of: ByteBuffer.self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(done))
            }
        }
        let channel: any Channel
        do { channel = try await connect(bootstrap).get() } catch {
            done.fail(error)
            throw error
        }
        // A server that hangs must not hang the test; the time is long enough not to be a measurement.
        let alarm = loop.scheduleTask(in: .seconds(60)) {
            done.fail(NoAnswer())
            channel.close(promise: nil)
        }
        defer { alarm.cancel() }
        for piece in Self.messages(request, host: host) {
            // A server may answer and close before it has read everything.
            try? await channel.writeAndFlush(ByteBuffer(string: piece))
        }
        return try ResponseText.parse(try await done.futureResult.get(), isHead: request.method == "HEAD")
    }

    private static func messages(_ request: ConformanceRequest, host: String) -> [String] {
        var head = "\(request.method) \(request.target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        for (name, value) in request.headers { head += "\(name): \(value)\r\n" }
        switch request.body {
        case .none:
            return [head + "\r\n"]
        case .whole(let text):
            return [head + "Content-Length: \(text.utf8.count)\r\n\r\n" + text]
        case .pieces(let pieces):
            return [head + "Transfer-Encoding: chunked\r\n\r\n"]
                + pieces.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" } + ["0\r\n\r\n"]
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let done: EventLoopPromise<ByteBuffer>
        private var bytes = ByteBuffer()

        init(_ done: EventLoopPromise<ByteBuffer>) { self.done = done }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var chunk = unwrapInboundIn(data)
            bytes.writeBuffer(&chunk)
        }

        func channelInactive(context: ChannelHandlerContext) { done.succeed(bytes) }

        /// A reset after an answer is one way of cutting it off.
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A live server did not answer within a minute.
public struct NoAnswer: Error, CustomStringConvertible {
    public var description: String { "The server did not finish its answer within a minute." }
}
