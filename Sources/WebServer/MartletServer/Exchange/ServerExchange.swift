import HTTPTypes
import Logging
import MartletBytes
import MartletGateway
import MartletHTTP1
import NIOCore

/// One request and its answer, in whichever protocol. It is the source of the application's request body and the way
/// for informational responses; a ``StreamedAnswer`` is the sink of its body writer.
///
/// The rules:
///
/// 1. Everything happens on the connection's loop; calls that may come from another thread hop there first.
/// 2. `progress` only goes forward. Calls after the end, or after the client has gone, do nothing, so an application
///    may keep a writer for as long as it likes.
/// 3. It is reused for another request only when nobody else holds it or its head.
final class ServerExchange: Exchange, BodySource, @unchecked Sendable {
    enum Progress {
        /// No request yet, or one that could not be parsed.
        case new
        /// The application has the request, and nothing of the answer has been written.
        case waiting
        /// The head of the answer has been written and its body follows.
        case streaming
        /// The application owns both directions of the connection.
        case upgraded
        case over
    }

    let services: LoopContext
    var head: RequestHead
    /// Which of its connection's requests it is, for a protocol with several at a time.
    @exclusivity(unchecked) var stream: UInt32 = 0
    /// Nil if the client is gone, or the connection continues with another exchange.
    private(set) var connection: (any ExchangeConnection)?
    private(set) var progress = Progress.new
    @exclusivity(unchecked) var record = ExchangeRecord()
    var feed: BodyFeed?
    /// What was wrong with the request body.
    private(set) var fault: (any RequestRefusal)?
    var task: Task<Void, Never>?
    /// The body of the answer, if it is streamed.
    private(set) var streamed: StreamedAnswer?
    var transfer: FileTransfer?
    private var connectionNumber: UInt64 = 0
    private var lossObserver: (any LossObserver)?

    init(services: LoopContext, head: RequestHead) {
        self.services = services
        self.head = head
    }

    /// Prepares for the next request of a connection.
    func prepare(for connection: any ExchangeConnection) {
        self.connection = connection
        progress = .new
        record = ExchangeRecord()
        fault = nil
    }

    /// Whether nobody else holds the head.
    var isHeadUnshared: Bool { isKnownUniquelyReferenced(&head) }

    var isLost: Bool { connection == nil }

    func observeLoss(by observer: any LossObserver) {
        if progress == .waiting { lossObserver = observer }
    }
}

// MARK: - The request

extension ServerExchange {
    /// Passes the request to the application. One that does not suspend has answered when this returns.
    func begin(_ request: Request) {
        connectionNumber = request.connection.number
        record.sequence = request.sequence
        progress = .waiting
        // `OPTIONS *` asks about the server, and is of use as a test of whether it is there (RFC 9110 section 9.3.7).
        if head.isForServer { return complete(Response(status: .noContent)) }
        services.entryPoint.begin(request, for: self)
    }

    func belongs(to route: RouteNumber) {
        guard services.notes.isNoting, progress == .waiting, record.route == .none else { return }
        record.route = route
        if services.notes.isCounting { services.numbers.began(route) }
    }

    /// Begins without a request, since its head was invalid.
    func beginWithoutRequest(_ connection: UInt64, _ sequence: UInt64) {
        connectionNumber = connection
        record.sequence = sequence
        progress = .waiting
    }

    func answer(by work: @escaping @Sendable () async throws -> Response) {
        guard progress == .waiting else { return }
        start { await self.run(work) }
    }

    private func run(_ work: @Sendable () async throws -> Response) async {
        do {
            let response = try await work()
            await services.hopToLoop()
            guard progress == .waiting else { return }
            let sendable = instead(of: response) ?? response
            switch sendable.body {
            case .stream(let length, let write): await stream(sendable, length: length, write)
            case .upgrade(let own): await upgrade(sendable, own)
            case .bytes, .empty, .file: send(sendable)
            }
        } catch {
            await services.hopToLoop()
            fail(error)
        }
    }

    /// Starts a task on the loop. It is cancelled when the client goes away.
    private func start(_ work: sending @escaping @isolated(any) () async -> Void) {
        let task = Task.immediateDetached(executorPreference: services.executor, operation: work)
        if progress != .over { self.task = task }
    }

    /// More of the request's body has arrived.
    func take(_ chunk: ByteBuffer) {
        guard var feed else { return }
        record.receivedBytes &+= chunk.readableBytes
        // A resumed reader may call back into this exchange.
        self.feed = nil
        feed.take(chunk)
        self.feed = feed
    }

    func bodyEnded(trailer: Headers? = nil) {
        feed.take()?.stream.finish(trailer: trailer)
    }

    /// The rest of the request's body will not come.
    func bodyFailed(_ fault: any RequestRefusal) {
        self.fault = fault
        feed.take()?.stream.fail(BodyFeed.error(for: fault))
    }

    /// The reader of the body is waiting. May be called from any thread.
    func bodyIsWanted() {
        guard services.loop.inEventLoop else { return services.loop.execute { self.bodyIsWanted() } }
        guard progress != .over, let connection else { return }
        feed?.isHeldBack = false
        connection.bodyIsWanted(by: self)
    }

    func inform(_ status: HTTPResponse.Status, _ headers: Headers) {
        guard services.loop.inEventLoop else { return services.loop.execute { self.inform(status, headers) } }
        guard progress == .waiting, let connection else { return }
        if let fault = headers.fault {
            return log(.warning, "The application's informational response cannot be sent: \(fault)")
        }
        connection.inform(status, headers, for: self)
    }
}

// MARK: - The answer

extension ServerExchange {
    func complete(_ response: Response) {
        guard progress == .waiting else { return }
        if let other = instead(of: response) { send(other) } else { send(response) }
    }

    func send(_ response: Response) {
        if response.isFile { sendNow(ConditionalFiles.answer(to: head, response)) } else { sendNow(response) }
    }

    private func sendNow(_ response: Response) {
        guard let connection else { return }
        switch response.body {
        case .bytes(let bytes):
            let count = bytes.readableBytes
            if connection.writeHead(of: response, body: .known(count), for: self), count > 0 {
                // Cannot throw: the length was announced in the line above.
                try? connection.countBody(count, for: self)
                connection.write(bytes, for: self)
                record.sentBytes = count
            }
            end()
        case .empty:
            _ = connection.writeHead(of: response, body: .empty, for: self)
            end()
        case .file(let range):
            sendFile(range, response)
        case .stream(let length, let write):
            start { await self.stream(response, length: length, write) }
        case .upgrade(let own):
            start { await self.upgrade(response, own) }
        }
    }

    /// The head of a file answer has been written.
    func beginFile() { progress = .streaming }

    /// The head of a streamed answer has been written, and its body follows.
    func beginStreaming(as progress: Progress = .streaming, bufferLimit: Int?) -> StreamedAnswer {
        self.progress = progress
        let answer = StreamedAnswer(self, bufferLimit: bufferLimit)
        streamed = answer
        return answer
    }

    /// Whether the head of the answer has been written, but not its end.
    var isSendingBody: Bool { progress == .streaming || progress == .upgraded }

    /// Bytes of a file that wait until the client has taken those before them. What is kept of a streamed answer does not count: it
    /// may grow while its client takes nothing.
    var unsentFileBytes: Int { transfer?.remaining ?? 0 }

    /// The client can take more.
    func outputIsWelcome() { streamed?.outputIsWelcome() }

    /// The answer is complete.
    func end() {
        guard progress != .over, let connection else { return }
        let missing = connection.end(self)
        guard missing == 0 else {
            log(
                .error,
                "The application's body is \(missing) bytes shorter than it announced; the connection is closed."
            )
            return abort()
        }
    }

    func abort() {
        guard progress != .over, let connection else { return }
        connection.abort(self)
    }

    /// The connection is done with this exchange.
    func close() { close(readersGet: CancellationError()) }

    private func close(readersGet error: @autoclosure () -> any Error) {
        guard progress != .over, progress != .new else { return }
        let wasUpgraded = progress == .upgraded
        progress = .over
        if services.notes.isNoting {
            services.note(record, head, connection: connectionNumber, wasUpgraded: wasUpgraded)
        }
        task = nil
        lossObserver = nil
        transfer.take()?.end()
        feed.take()?.stream.fail(error())
        streamed.take()?.exchangeIsOver()
    }

    /// The client is gone: tells everybody who waits for it.
    func lose() {
        if progress == .waiting { record.status = record.lostStatus }
        let (task, observer) = (task, lossObserver)
        connection = nil
        // The error first: cancelling carries no reason.
        close(readersGet: ClientDisconnected())
        task?.cancel()
        observer?.clientIsLost()
    }

    /// The connection continues with another exchange, because somebody still holds this one.
    func leave() { connection = nil }
}

// MARK: - The log

extension ServerExchange {
    /// Identifies the request in the log.
    var requestID: RequestID { RequestID(connection: connectionNumber, sequence: record.sequence) }

    func log(_ level: Logger.Level, _ message: String) {
        var metadata: Logger.Metadata = ["request": "\(requestID)"]
        if record.hasHead, let trace = head.traceID { metadata["trace_id"] = "\(trace)" }
        services.logger.log(level: level, "\(message)", metadata: metadata)
    }
}
