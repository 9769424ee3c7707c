import MartletBytes
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// A connection to an upstream that several requests share: a channel, the machine of HTTP/2, and the streams on it.
///
/// The rules:
///
/// 1. Used on its event loop only. Requests may begin when the upstream's SETTINGS are here, so that it never gets more than it
///    takes.
/// 2. `process()` is the only place that takes what has arrived, and `send()` the only one that hands output to the channel: once
///    after `process()`, else once in a turn of the loop.
/// 3. An answer whose reader is slow holds back its own stream; the connection is always read from.
/// 4. Where nothing at all has come for a while when a request is given up, the connection gets no others until the upstream says
///    something: it is asked by a PING.
final class HTTP2UpstreamConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    /// An answer's head may be as large as one over HTTP/1.1.
    private static let limits = HeadLimits(headBytes: 65_535, fields: 200)
    /// Requests at a time, if the upstream allows as many. nginx's `http2_max_concurrent_streams 128` is what most upstreams
    /// allow; Envoy asks for no more than 100.
    private static let streams = 128
    /// How much output is gathered before it is handed to the channel.
    private static let outputBytes = 65_536
    /// A shorter silence, or a request that is given up sooner, says nothing about the connection.
    private static let doubtAfter = TimeAmount.seconds(1)
    /// How long the reply to a PING may take on a connection that nobody uses.
    private static let replyTime = TimeAmount.seconds(5)

    let upstream: Int
    private let authority: [UInt8]
    private let pool: ConnectionPool
    private let isSecure: Bool
    private let timeout: TimeAmount
    private var machine = HTTP2ClientMachine(head: limits, streams: streams)
    private var streams: [UInt32: HTTP2UpstreamStream] = [:]
    private var channel: (any Channel)?
    private var whenReady: ((Result<HTTP2UpstreamConnection, any Error>) -> Void)?
    private var deadline: Scheduled<Void>?
    private var inbound = ByteBuffer()
    private var output = ByteBuffer()
    private var failure: (any Error)?
    private(set) var isClosed = false
    /// Where it leads.
    private(set) var address: SocketAddress?
    /// It gets no further requests: its upstream's name has lost its address.
    private var isRetired = false
    private var isProcessing = false
    private var isSending = false
    private var isSendScheduled = false
    private var isDoubtful = false
    private var requests = 0
    /// How often something has come.
    private(set) var reads = 0
    private var lastRead = NIODeadline.now()
    /// The machine is told of whole seconds.
    private var lastSecond = NIODeadline.now()
    /// Until when it is kept without a request.
    private(set) var idleDeadline = NIODeadline.distantFuture

    /// - Parameters:
    ///   - authority: the upstream's own name.
    ///   - timeout: how long the upstream's SETTINGS may take.
    ///   - whenReady: told once whether requests can be sent.
    init(
        _ upstream: Int,
        authority: [UInt8],
        pool: ConnectionPool,
        isSecure: Bool,
        timeout: TimeAmount,
        whenReady: @escaping (Result<HTTP2UpstreamConnection, any Error>) -> Void
    ) {
        self.upstream = upstream
        self.authority = authority
        self.pool = pool
        self.isSecure = isSecure
        self.timeout = timeout
        self.whenReady = whenReady
    }

    /// Whether another request may begin.
    var hasRoom: Bool {
        guard !isClosed, !isDoubtful, !isRetired, machine.hasRoom else { return false }
        // One that nobody has used may have ended without the loop having looked.
        return !streams.isEmpty || channel?.unread != 0
    }
    var isKept: Bool { requests > 0 }
    var isIdle: Bool { streams.isEmpty }

    private func isReady(_ result: Result<HTTP2UpstreamConnection, any Error>) {
        deadline?.cancel()
        whenReady.take()?(result)
    }
}

// MARK: - What streams ask for

extension HTTP2UpstreamConnection {
    func open(
        _ request: OutgoingRequest,
        framing: MessageFraming,
        mayHaveTrailer: Bool,
        _ stream: HTTP2UpstreamStream
    ) throws -> UInt32 {
        let head = request.request.head
        var line = HTTP2RequestEncoder.Line(
            target: request.target ?? Array(head.slice(head.target)),
            host: request.host(of: authority) ?? head.authority.map { Array(head.slice($0)) } ?? authority,
            isSecure: isSecure
        )
        line.added = Headers(validBlock: request.ownLines)
        line.takesTrailers = request.takesTrailers
        let block = try HTTP2RequestEncoder.block(
            line,
            of: head,
            framing: framing,
            announcesNone: request.expectsBody,
            without: request.leavesOut
        )
        let id = machine.open(
            block,
            framing: framing,
            isHead: request.isHead,
            mayHaveTrailer: mayHaveTrailer,
            into: &output
        )
        guard let id else { throw UpstreamFault("the connection has no room for a request") }
        streams[id] = stream
        requests += 1
        idleDeadline = .distantFuture
        return id
    }

    func write(_ bytes: ByteBuffer, _ id: UInt32) throws {
        try machine.streams.countBody(bytes.readableBytes, of: id)
        machine.streams.write(bytes, of: id, into: &output)
    }

    func endBody(_ id: UInt32, _ trailer: Headers?) throws {
        guard machine.streams.missingBytes(of: id) == 0 else {
            throw UpstreamFault("the request's body is shorter than it was announced")
        }
        machine.streams.end(id, trailer: trailer, into: &output)
    }

    func isSendingBody(_ id: UInt32) -> Bool { machine.isSendingBody(id) }
    func isBlocked(_ id: UInt32) -> Bool { machine.isBlocked(id) || channel?.isWritable == false }
    func isWritable(_ id: UInt32) -> Bool { machine.streams.isWritable(id) }

    /// The reader of an answer wants more.
    func goOn(_ id: UInt32) {
        machine.streams.usedAll(by: id, into: &output)
        flushSoon()
    }

    /// Nobody wants the answer.
    func cancel(_ id: UInt32, _ stream: HTTP2UpstreamStream) {
        guard streams.removeValue(forKey: id) != nil, !isClosed else { return }
        machine.streams.cancel(id, .cancel, into: &output)
        if .now() - max(stream.begun, lastRead) > Self.doubtAfter, !isDoubtful {
            isDoubtful = true
            machine.writeProbe(into: &output)
        }
        flushSoon()
        if !isProcessing { noteEnd() }
    }
}

// MARK: - Out

extension HTTP2UpstreamConnection {
    /// Sends what was written by the end of this turn of the loop.
    func flushSoon() {
        guard !isProcessing, !isSending, !isSendScheduled, !isClosed, let channel else { return }
        isSendScheduled = true
        channel.eventLoop.assumeIsolated().execute {
            self.isSendScheduled = false
            self.send()
        }
    }

    private func send() {
        guard !isProcessing, !isSending, !isClosed, let channel else { return }
        isSending = true
        while true {
            repeat {
                machine.streams.pump(into: &output, upTo: Self.outputBytes)
                while let id = machine.streams.nextRelieved() { streams[id]?.resumeWriter() }
            } while machine.streams.hasSendable && output.readableBytes < Self.outputBytes
            guard output.readableBytes > 0, channel.isWritable else { break }
            let bytes = output
            output = ByteBuffer()
            channel.writeAndFlush(bytes, promise: nil)
        }
        isSending = false
    }

    /// A request is over: what becomes of the connection.
    private func noteEnd() {
        guard streams.isEmpty, !isClosed else { return }
        if machine.isEnding || isRetired || !pool.shared.keeps(self) {
            send()
            return close()
        }
        idleDeadline = .now() + (isDoubtful ? Self.replyTime : pool.idleTime)
        pool.whenKept()
    }

    /// Ends it when its requests are over.
    func retire() {
        isRetired = true
        if streams.isEmpty { close() }
    }

    /// Ends it, with all its requests.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        pool.shared.remove(self)
        channel?.close(promise: nil)
    }
}

// MARK: - In

extension HTTP2UpstreamConnection {
    private func process() {
        guard !isProcessing, !isClosed else { return }
        isProcessing = true
        var begun: [HTTP2UpstreamStream] = []
        while !isClosed, take(machine.receive(&inbound, into: &output), &begun) {}
        for stream in begun { stream.user?.readCompleted() }
        isProcessing = false
        if inbound.readableBytes == 0 { inbound = ByteBuffer() } else { inbound.discardReadBytes() }
        send()
        noteEnd()
    }

    /// - Returns: whether there may be more.
    private func take(_ event: HTTP2ClientMachine.Event, _ begun: inout [HTTP2UpstreamStream]) -> Bool {
        switch event {
        case .needsMore: return false
        case .ready:
            pool.shared.add(self)
            isReady(.success(self))
        case .informational(let id, let status, let headers):
            streams[id]?.hasReceived = true
            streams[id]?.user?.informed(status, headers)
        case .answer(let id, let head, let body):
            guard let stream = streams[id] else { break }
            stream.hasReceived = true
            begun.append(stream)
            stream.user?.answered(Self.answer(head, body))
        case .data(let id, let bytes):
            let stream = streams[id]
            stream?.user?.received(bytes)
            if stream?.isHeldBack != true { machine.streams.used(bytes.readableBytes, by: id, into: &output) }
        case .end(let id, let trailer): streams.removeValue(forKey: id)?.end()?.ended(trailer: trailer)
        case .lost(let id, let loss):
            let fault = UpstreamFault("\(loss)", isRefused: loss == .refused)
            streams.removeValue(forKey: id)?.end()?.failed(fault)
        case .farewell: break
        case .close(let fault):
            isReady(.failure(fault))
            failAll(UpstreamFault("\(fault)"))
            sendLast()
        }
        return true
    }

    private static func answer(_ head: HTTP2AnswerHead, _ body: HTTP1ResponseBody) -> UpstreamAnswer {
        var headers = head.headers
        // Elsewhere the server writes it itself. Here it is that of an answer that is not sent.
        if body == .none, let length = head.announcedLength, length > 0 {
            headers.append("Content-Length", "\(length)")
        }
        var answer = UpstreamAnswer(status: head.status, headers: headers, body: body)
        answer.mayHaveTrailer = true
        return answer
    }

    /// What the upstream is told at the end.
    private func sendLast() {
        if output.readableBytes > 0 { channel?.writeAndFlush(output, promise: nil) }
        output = ByteBuffer()
        close()
    }

    private func failAll(_ fault: UpstreamFault) {
        let former = streams.sorted { $0.key < $1.key }
        streams.removeAll()
        for (_, stream) in former {
            // Nothing has come since: the upstream may have closed it while nobody used it.
            let isEnd = fault.isEnd && stream.readsBefore == reads
            stream.end()?.failed(UpstreamFault(fault.description, isEnd: isEnd))
        }
    }

    func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

    func channelActive(context: ChannelHandlerContext) {
        pool.connectionOpened(to: upstream)
        address = context.remoteAddress
        machine.begin(into: &output)
        send()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.isReady(.failure(UpstreamFault("it sent no SETTINGS of HTTP/2 in time")))
            self.close()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        let bytes = unwrapInboundIn(data)
        reads += 1
        isDoubtful = false
        lastRead = .now()
        let seconds = (lastRead - lastSecond).nanoseconds / 1_000_000_000
        if seconds > 0 {
            machine.passed(seconds: Int(seconds))
            lastSecond = lastRead
        }
        if inbound.readableBytes == 0 { inbound = bytes } else { inbound.writeImmutableBuffer(bytes) }
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { if context.channel.isWritable { send() } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = failure ?? error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pool.connectionClosed(to: upstream)
        isReady(.failure(failure ?? ChannelError.eof))
        let reason = failure.map { "the connection broke: \($0)" } ?? "the connection ended before its end"
        close()
        failAll(UpstreamFault(reason, isEnd: true))
    }
}
