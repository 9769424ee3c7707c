import MartletTesting
import NIOCore
import NIOPosix

@testable import MartletHTTP2

/// The server did not finish its answer.
private struct Unanswered: Error {}

/// A live HTTP/2 server that is known to be one: each request goes over a connection of its own.
struct HTTP2Target: ConformanceTarget {
    let host: String
    let port: Int

    func send(_ request: ConformanceRequest) async throws -> ConformanceResponse {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let done = loop.makePromise(of: ConformanceResponse.self)
        let bootstrap = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(done, sends: messages(request)))
            }
        }
        let channel: any Channel
        do { channel = try await bootstrap.connect(host: host, port: port).get() } catch {
            done.fail(error)
            throw error
        }
        // A server that hangs must not hang the test; the time is long enough not to be a measurement.
        let alarm = loop.scheduleTask(in: .seconds(60)) { done.fail(Unanswered()) }
        defer {
            alarm.cancel()
            channel.close(promise: nil)
        }
        return try await done.futureResult.get()
    }

    /// The preface, the head, and each piece of the body.
    private func messages(_ request: ConformanceRequest) -> [ByteBuffer] {
        var block: [UInt8] = []
        let pseudo = [
            (":method", request.method), (":scheme", "http"), (":path", request.target),
            (":authority", "\(host):\(port)"),
        ]
        for (name, value) in pseudo + request.headers.map({ ($0.name, $0.value) }) {
            FieldEncoder.append(name.utf8, value.utf8, to: &block)
        }
        var pieces: [String] = []
        switch request.body {
        case .none: break
        case .whole(let text):
            FieldEncoder.append("content-length".utf8, String(text.utf8.count).utf8, to: &block)
            pieces = [text]
        case .pieces(let texts): pieces = texts + [""]
        }
        var head = ByteBuffer(string: "\(HTTP2Machine.preface)")
        head.writeSettings([(.initialWindow, 1 << 24)])
        head.writeWindowUpdate(0, 1 << 24)
        HTTP2ResponseEncoder.writeBlock(block, endsStream: pieces.isEmpty, stream: 1, into: &head)
        let data = pieces.enumerated().flatMap { index, piece in
            frames(ByteBuffer(string: piece), isLast: index == pieces.count - 1)
        }
        return [head] + data
    }

    private func frames(_ piece: ByteBuffer, isLast: Bool) -> [ByteBuffer] {
        var rest = piece
        var frames: [ByteBuffer] = []
        repeat {
            let part = rest.readSlice(length: min(rest.readableBytes, FrameHead.payloadBytes)) ?? ByteBuffer()
            var frame = ByteBuffer()
            let ends = isLast && rest.readableBytes == 0
            frame.writeFrameHead(length: part.readableBytes, .data, ends ? .endStream : [], stream: 1)
            frame.writeImmutableBuffer(part)
            frames.append(frame)
        } while rest.readableBytes > 0
        return frames
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let done: EventLoopPromise<ConformanceResponse>
        private var input = ByteBuffer()
        private var fields: [(name: String, value: String)] = []
        private var body = ByteBuffer()
        private var unsent: ArraySlice<ByteBuffer>
        /// Of the stream, and of the connection.
        private var windows = (FlowWindow(), FlowWindow())

        init(_ done: EventLoopPromise<ConformanceResponse>, sends pieces: [ByteBuffer]) {
            self.done = done
            unsent = pieces[...]
        }

        func channelActive(context: ChannelHandlerContext) {
            if let head = unsent.popFirst() { context.writeAndFlush(NIOAny(head), promise: nil) }
            send(context)
        }

        /// Sends what the windows allow.
        private func send(_ context: ChannelHandlerContext) {
            while let frame = unsent.first, frame.readableBytes - FrameHead.size <= min(windows.0.size, windows.1.size)
            {
                _ = windows.0.use(frame.readableBytes - FrameHead.size)
                _ = windows.1.use(frame.readableBytes - FrameHead.size)
                unsent.removeFirst()
                context.writeAndFlush(NIOAny(frame), promise: nil)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var chunk = unwrapInboundIn(data)
            input.writeBuffer(&chunk)
            while input.readableBytes >= FrameHead.size {
                let head = input.withUnsafeReadableBytes(FrameHead.init)
                guard input.readableBytes >= FrameHead.size + head.length else { return }
                input.moveReaderIndex(forwardBy: FrameHead.size)
                take(head, input.readSlice(length: head.length) ?? ByteBuffer())
            }
            send(context)
        }

        private func take(_ head: FrameHead, _ payload: ByteBuffer) {
            if head.type == .windowUpdate {
                let increment = Int(payload.getInteger(at: payload.readerIndex, as: UInt32.self) ?? 0)
                _ = head.stream == 0 ? windows.1.grow(by: increment) : windows.0.grow(by: increment)
            }
            if head.type == .settings, !head.flags.contains(.ack) {
                var settings = PeerSettings()
                try? payload.withUnsafeReadableBytes { payload throws(HTTP2Error) in try settings.take(payload) }
                _ = windows.0.grow(by: settings.initialWindow - FlowWindow.initial)
            }
            guard head.stream == 1 else { return }
            switch head.type {
            case .headers: fields = payload.withUnsafeReadableBytes(Self.fields)
            case .data: body.writeImmutableBuffer(payload)
            case .reset: return finish(isComplete: false)
            default: return
            }
            if head.flags.contains(.endStream) { finish(isComplete: true) }
        }

        private func finish(isComplete: Bool) {
            guard let status = fields.first.flatMap({ Int($0.value) }) else { return done.fail(Unanswered()) }
            let headers = Array(fields.dropFirst())
            done.succeed(ConformanceResponse(status: status, headers: headers, body: body, isComplete: isComplete))
        }

        func channelInactive(context: ChannelHandlerContext) { finish(isComplete: false) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        /// The fields of a block that uses no dynamic table.
        private static func fields(_ block: UnsafeRawBufferPointer) -> [(name: String, value: String)] {
            var reader = BlockReader(block)
            var fields: [(name: String, value: String)] = []
            while let first = reader.next {
                if first & 0x80 != 0 {
                    fields.append(StaticTable.fields[(reader.integer(prefix: 7) ?? 1) - 1])
                } else {
                    let index = reader.integer(prefix: 4) ?? 0
                    let name = index == 0 ? text(&reader) : StaticTable.fields[index - 1].name
                    fields.append((name, text(&reader)))
                }
            }
            return fields
        }

        private static func text(_ reader: inout BlockReader) -> String {
            guard let text = reader.text() else { return "" }
            var target = [UInt8](repeating: 0, count: text.bound)
            let count = target.withUnsafeMutableBytes { text.decode(into: $0) } ?? 0
            return String(decoding: target[..<count], as: UTF8.self)
        }
    }
}
