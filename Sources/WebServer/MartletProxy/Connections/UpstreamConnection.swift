import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore

/// Who has a connection to an upstream at the moment: told of what comes over it, on its loop.
protocol UpstreamUser: AnyObject {
    func informed(_ status: HTTPResponse.Status, _ headers: Headers)
    func answered(_ answer: UpstreamAnswer)
    /// The whole answer, and the connection is somebody else's: what ``answered(_:)``, ``received(_:)`` and ``ended(trailer:)`` say
    /// together.
    func answered(_ answer: UpstreamAnswer, whole body: ByteBuffer)
    func switched(_ status: HTTPResponse.Status, _ headers: Headers)
    /// The answer is that of another path of the site.
    func redirected(to path: String)
    func received(_ bytes: ByteBuffer)
    func noted(_ message: String)
    /// All that has arrived was told: what comes next takes another turn of the loop.
    func readCompleted()
    /// The answer is complete, and the connection somebody else's.
    func ended(trailer: Headers?)
    /// The connection is closed, before the answer was complete.
    func failed(_ fault: UpstreamFault)
}

extension UpstreamUser {
    func answered(_ answer: UpstreamAnswer, whole body: ByteBuffer) {
        answered(answer)
        if body.readableBytes > 0 { received(body) }
        ended(trailer: nil)
    }
}

/// A connection to an upstream: a channel, the machine that speaks its protocol, and who has it.
///
/// Used on its event loop only. It has one user at a time; without one it lies in its ``ConnectionPool``, is read from, and
/// closes when the upstream closes it.
final class UpstreamConnection: ChannelInboundHandler, RequestCarrier, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    /// Up to this size pieces are copied together, which is cheaper than writing them one by one.
    private static let copiedBytes = 4_096

    /// Which of the upstreams it leads to.
    let upstream: Int
    private let pool: ConnectionPool
    private let codec: any UpstreamCodec
    // These are changed for each request, by code that calls nobody who could come back to them meanwhile.
    @exclusivity(unchecked) private var user: (any UpstreamUser)?
    private var channel: (any Channel)?
    /// Nil where something is between the channel and its socket.
    @exclusivity(unchecked) private var socket: UpstreamSocket?
    private var isWritable = true
    private let isSecure: Bool
    private var whenReady: ((Result<UpstreamConnection, any Error>) -> Void)?
    @exclusivity(unchecked) private var inbound = ByteBuffer()
    @exclusivity(unchecked) private var output: ByteBuffer?
    /// The channel has output that it was not told to send.
    private var needsFlush = false
    private var isReading = true
    private var writer: UnsafeContinuation<Void, Never>?
    private var failure: (any Error)?
    private(set) var isClosed = false
    /// Where it leads.
    private(set) var address: SocketAddress?
    /// Until when it is kept without a user.
    var idleDeadline = NIODeadline.distantFuture
    private var requests = 0
    /// Whether it has had a user before this one: then it may end because nobody has used it for long.
    var isKept: Bool { requests > 1 }

    /// - Parameter whenReady: told once whether requests can be sent.
    init(
        _ upstream: Int,
        codec: any UpstreamCodec,
        pool: ConnectionPool,
        isSecure: Bool,
        whenReady: @escaping (Result<UpstreamConnection, any Error>) -> Void
    ) {
        self.upstream = upstream
        self.codec = codec
        self.pool = pool
        self.isSecure = isSecure
        self.whenReady = whenReady
    }

    private func isReady(_ result: Result<UpstreamConnection, any Error>) { whenReady.take()?(result) }

    /// Whether a request may be sent.
    var isFree: Bool { user == nil && !isClosed && codec.isIdle }
    /// How long the upstream says that it keeps it.
    var keepAliveSeconds: Int? { codec.keepAliveSeconds }
    var hasReceived: Bool { codec.hasReceived }
    var isSendingBody: Bool { codec.isSendingBody }
    /// Whether nothing has come that was not read, an end neither; of an encrypted one that is not known.
    var isQuiet: Bool {
        guard let channel else { return false }
        return (socket ?? UpstreamSocket(channel))?.isQuiet ?? true
    }
    var isBlocked: Bool { !isWritable }
}

// MARK: - Out

extension UpstreamConnection {
    func begin(
        _ request: OutgoingRequest,
        framing: MessageFraming,
        mayHaveTrailer: Bool,
        for user: any UpstreamUser
    ) throws {
        var head = output.take() ?? pool.takeOutput()
        defer { output = head }
        try codec.begin(request, framing: framing, into: &head)
        self.user = user
        requests += 1
    }

    func write(_ bytes: ByteBuffer) throws {
        try codec.encode(bytes) { piece in
            if piece.readableBytes <= Self.copiedBytes {
                var bytes = output.take() ?? pool.takeOutput()
                bytes.writeImmutableBuffer(piece)
                output = bytes
            } else {
                passOutput()
                pass(piece)
            }
        }
    }

    private func passOutput() {
        guard let bytes = output.take() else { return }
        if bytes.readableBytes > 0 { pass(bytes) } else { pool.giveBack(bytes) }
    }

    private func pass(_ bytes: ByteBuffer) {
        socket?.yieldToChannel()
        channel?.write(bytes, promise: nil)
        needsFlush = true
    }

    func endBody(trailer: Headers?) throws {
        var rest = output.take() ?? pool.takeOutput()
        let isWhole = codec.endBody(trailer: trailer, into: &rest)
        output = rest
        if !isWhole { throw UpstreamFault("the request's body is shorter than it was announced") }
    }

    func flush() {
        if !needsFlush, let channel, socket != nil, var bytes = output.take() {
            socket?.send(&bytes, beside: channel)
            output = bytes
        }
        passOutput()
        guard needsFlush else { return }
        needsFlush = false
        channel?.flush()
    }

    func send(_ bytes: ByteBuffer) async throws {
        guard !isClosed else { throw ChannelError.ioOnClosedChannel }
        try write(bytes)
        flush()
        if !isWritable, !isClosed { await withUnsafeContinuation { writer = $0 } }
        guard !isClosed else { throw ChannelError.ioOnClosedChannel }
    }

    private func resumeWriter() { writer.take()?.resume() }

    func closeOutput() { channel?.close(mode: .output, promise: nil) }

    func leave() { pool.giveBack(self) }

    func close() {
        user = nil
        guard !isClosed else { return }
        isClosed = true
        pool.remove(self)
        channel?.close(promise: nil)
        resumeWriter()
    }
}

// MARK: - In

extension UpstreamConnection {
    func setReading(_ wanted: Bool) {
        guard wanted != isReading, !isClosed else { return }
        isReading = wanted
        try? channel?.syncOptions?.setOption(.autoRead, value: wanted)
    }

    /// The only place that takes what has arrived.
    private func process() {
        while true {
            switch codec.receive(&inbound) {
            case .needsMore:
                if inbound.readableBytes == 0 { inbound = ByteBuffer() }
                user?.readCompleted()
                return
            case .informational(let status, let headers): user?.informed(status, headers)
            case .answer(let answer):
                guard let rest = codec.takeRest(&inbound) else {
                    user?.answered(answer)
                    continue
                }
                leaveUser()?.answered(answer, whole: rest)
                return
            case .switched(let status, let headers): user?.switched(status, headers)
            case .localRedirect(let path):
                let former = user.take()
                close()
                former?.redirected(to: path)
                return
            case .data(let bytes): user?.received(bytes)
            case .message(let text): user?.noted(text)
            case .end(let trailer):
                leaveUser()?.ended(trailer: trailer)
                return
            case .fault(let fault): return fail(fault)
            case .closed: return close()
            }
        }
    }

    /// The answer is complete. The connection is free before its user is told, whose next request may follow at once.
    private func leaveUser() -> (any UpstreamUser)? {
        let former = user.take()
        if codec.isIdle, !isClosed {
            setReading(true)
            inbound = ByteBuffer()
            pool.giveBack(self)
        } else {
            close()
        }
        return former
    }

    private func fail(_ fault: UpstreamFault) {
        let former = user.take()
        close()
        former?.failed(fault)
    }

    func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

    func channelActive(context: ChannelHandlerContext) {
        pool.connectionOpened(to: upstream)
        address = context.remoteAddress
        if !isSecure { socket = UpstreamSocket(context.channel) }
        isReady(.success(self))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        let bytes = unwrapInboundIn(data)
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeImmutableBuffer(bytes) }
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { resumeWriter() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = failure ?? error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pool.connectionClosed(to: upstream)
        isReady(.failure(failure ?? ChannelError.eof))
        guard !isClosed else { return }
        if let failure {
            fail(UpstreamFault("the connection broke: \(failure)", isEnd: !codec.hasReceived))
        } else {
            codec.inputClosed()
            process()
            // A machine that has an end has said so; whatever is left has none.
            if !isClosed { close() }
        }
        resumeWriter()
    }
}
