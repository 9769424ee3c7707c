import Logging
import MartletCGI
import MartletGateway
import NIOCore
import NIOPosix

@testable import MartletTesting

/// A live server on a uwsgi or SCGI listener: each request goes over a connection of its own, as from nginx, with its body as a
/// whole.
struct CGITarget: ConformanceTarget {
    let carrier: CGIProtocol
    let host: String
    let port: Int

    func send(_ request: ConformanceRequest) async throws -> ConformanceResponse {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let done = loop.makePromise(of: Answer.self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(done))
            }
        }
        let channel: any Channel
        do { channel = try await bootstrap.connect(host: host, port: port).get() } catch {
            done.fail(error)
            throw error
        }
        // A server that hangs must not hang the test; the time is long enough not to be a measurement.
        let alarm = loop.scheduleTask(in: .seconds(60)) {
            done.fail(NoAnswer())
            channel.close(promise: nil)
        }
        defer { alarm.cancel() }
        // A server may answer and close before it has read everything.
        try? await channel.writeAndFlush(try message(request, loop))
        let answer = try await done.futureResult.get()
        let parsed = try ResponseText.parse(asHTTP(answer.bytes), isHead: request.method == "HEAD")
        return ConformanceResponse(
            status: parsed.status,
            headers: parsed.headers,
            body: parsed.body,
            isComplete: parsed.isComplete && !answer.isReset
        )
    }

    private func message(_ request: ConformanceRequest, _ loop: any EventLoop) throws -> ByteBuffer {
        let connection = ConnectionInfo(
            remoteAddress: nil,
            localAddress: nil,
            eventLoop: loop,
            number: 0,
            logger: Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
        )
        let text = request.body.text
        var fields = [("host", "\(host):\(port)")] + request.headers.map { ($0.name, $0.value) }
        if case .none = request.body {} else { fields.append(("content-length", "\(text.utf8.count)")) }
        let made = Request(
            head: RequestHead(method: request.method, target: request.target, fields: fields),
            connection: connection,
            body: .none,
            sequence: 1
        )
        let variables = try CGIVariables(of: made, .init(length: text.utf8.count), over: carrier)
        var message = ByteBuffer()
        if carrier == .uwsgi {
            try UWSGIPacket.write(variables, into: &message)
        } else {
            try SCGIHeaders.write(variables, into: &message)
        }
        message.writeString(text)
        return message
    }

    /// An answer of a CGI script with HTTP's first line.
    private func asHTTP(_ bytes: ByteBuffer) -> ByteBuffer {
        guard bytes.readableBytesView.starts(with: "Status: ".utf8) else { return bytes }
        var rest = bytes
        rest.moveReaderIndex(forwardBy: 8)
        var whole = ByteBuffer(string: "HTTP/1.1 ")
        whole.writeBuffer(&rest)
        return whole
    }

    private struct Answer {
        var bytes = ByteBuffer()
        /// How an answer is cut off whose end is that of the connection.
        var isReset = false
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let done: EventLoopPromise<Answer>
        private var answer = Answer()

        init(_ done: EventLoopPromise<Answer>) { self.done = done }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var chunk = unwrapInboundIn(data)
            answer.bytes.writeBuffer(&chunk)
        }

        func channelInactive(context: ChannelHandlerContext) { done.succeed(answer) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            answer.isReset = true
            context.close(promise: nil)
        }
    }
}
