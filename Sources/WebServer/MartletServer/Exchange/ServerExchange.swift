import HTTPTypes
import Logging
import MartletBytes
import MartletGateway
import MartletHTTP1
import NIOCore

/// One request and its answer, whichever protocol they come and go by. It is the source of
/// the application's request body, and what informational responses go through; a ``StreamedAnswer`` is the end of its body writer.
///
/// The rules:
///
/// 1. Everything happens on the connection's loop; what may come from another thread hops first.
/// 2. `progress` only goes forward. Whatever an application does after the end, or after the client has gone, does nothing: it
///    may keep a writer for as long as it likes.
/// 3. It serves another request only when nobody else holds it or its head.
final class ServerExchange: Exchange, BodySource, @unchecked Sendable {
    enum Progress {
        /// No request has come yet, or one that could not be read.
        case new
        /// The application has the request, and nothing of the answer is out.
        case waiting
        /// The head of the answer is out and its body follows.
        case streaming
        /// The application owns both directions of the connection.
        case upgraded
        case over
    }

    let services: LoopContext
    var head: RequestHead
    /// Nil when the client is gone, or the connection has gone on without this exchange.
    private(set) var connection: (any ExchangeConnection)?
    private(set) var progress = Progress.new
    var record = ExchangeRecord()
    var feed: BodyFeed?
    /// What the client has done wrong with the body.
    private(set) var fault: RequestFault?
    var task: Task<Void, Never>?
    /// The body of the answer, where it is made while it is sent.
    private(set) var streamed: StreamedAnswer?
    var transfer: FileTransfer?
    private var connectionNumber: UInt64 = 0

    init(services: LoopContext, head: RequestHead) {
        self.services = services
        self.head = head
    }

    /// Ready for the next request of a connection.
    func prepare(for connection: any ExchangeConnection) {
        self.connection = connection
        progress = .new
        record = ExchangeRecord()
        fault = nil
    }

    /// Whether nobody has kept the head.
    var isHeadUnshared: Bool { isKnownUniquelyReferenced(&head) }

    var isOver: Bool { progress == .over }
    var isLost: Bool { connection == nil }
}

// MARK: - The request

extension ServerExchange {
    /// Gives the request to the application. One that does not suspend has answered when this returns.
    func begin(_ request: Request) {
        connectionNumber = request.connection.number
        record.sequence = request.sequence
        progress = .waiting
        services.entryPoint.begin(request, for: self)
    }

    /// There is no request, as its head broke the rules.
    func beginWithoutRequest(_ connection: UInt64, _ sequence: UInt64) {
        connectionNumber = connection
        record.sequence = sequence
        progress = .waiting
    }

    func answer(by work: @escaping @Sendable () async throws -> Response) {
        guard progress == .waiting else { return }
        let task = Task.immediateDetached(executorPreference: services.executor) { await self.run(work) }
        if progress != .over { self.task = task }
    }

    private func run(_ work: @Sendable () async throws -> Response) async {
        do {
            let response = try await work()
            await services.hopToLoop()
            switch response.body {
            case .stream(let length, let write): await stream(response, length: length, write)
            case .upgrade(let own): await upgrade(response, own)
            default: complete(response)
            }
        } catch {
            await services.hopToLoop()
            fail(error)
        }
    }

    /// More of the request's body has come.
    func take(_ chunk: ByteBuffer) {
        guard var feed else { return }
        // A reader that is resumed may come back here.
        self.feed = nil
        feed.take(chunk)
        self.feed = feed
    }

    func bodyEnded() {
        feed.take()?.stream.finish()
    }

    /// The rest of the request's body cannot be had.
    func bodyFailed(_ fault: RequestFault) {
        self.fault = fault
        feed.take()?.stream.fail(BodyFeed.error(for: fault))
    }

    /// The reader of the body waits. From any thread.
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
        guard progress == .waiting, let connection else { return }
        if let problem = Self.problem(with: response) { return complete(internalError(problem)) }
        switch response.body {
        case .bytes(let bytes):
            let count = bytes.readableBytes
            if connection.writeHead(of: response, body: .known(count), for: self), count > 0 {
                // It has the length that was announced a line above.
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
            begin { await self.stream(response, length: length, write) }
        case .upgrade(let own):
            begin { await self.upgrade(response, own) }
        }
    }

    /// Runs what sends an answer that is still being made.
    private func begin(_ work: @escaping @Sendable () async -> Void) {
        let task = Task.immediateDetached(executorPreference: services.executor) { await work() }
        if progress != .over { self.task = task }
    }

    /// The head of a file's answer is out.
    func beginFile() { progress = .streaming }

    /// The head of an answer is out, and its body follows.
    func beginStreaming(bufferLimit: Int?) -> StreamedAnswer {
        progress = .streaming
        let answer = StreamedAnswer(self, bufferLimit: bufferLimit)
        streamed = answer
        return answer
    }

    func beginUpgrade() -> StreamedAnswer {
        progress = .upgraded
        let answer = StreamedAnswer(self, bufferLimit: nil)
        streamed = answer
        return answer
    }

    /// Whether the head of the answer is out and its end is not.
    var isSendingBody: Bool { progress == .streaming || progress == .upgraded }

    /// Bytes of the answer that are kept until the client takes them.
    var unsentBytes: Int { (transfer?.remaining ?? 0) &+ (streamed?.keptBytes ?? 0) }

    /// The client takes more.
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

    /// The connection has no more to do with it.
    func close() { close(readersGet: CancellationError()) }

    private func close(readersGet error: @autoclosure () -> any Error) {
        guard progress != .over, progress != .new else { return }
        progress = .over
        writeLogLine()
        task = nil
        transfer.take()?.end()
        feed.take()?.stream.fail(error())
        streamed.take()?.resumeWriters()
    }

    /// The client is gone: whoever waits for it learns that.
    func lose() {
        if progress == .waiting {
            // nginx's status for a client that went away before its answer.
            record.status = 499
        }
        let task = task
        connection = nil
        // The reason first: what is cancelled knows of none.
        close(readersGet: ClientDisconnected())
        task?.cancel()
    }

    /// The connection goes on with another one, as somebody still holds this.
    func leave() { connection = nil }
}

// MARK: - The log

extension ServerExchange {
    /// Text that finds this request again in the log.
    var requestID: RequestID { RequestID(connection: connectionNumber, sequence: record.sequence) }

    func log(_ level: Logger.Level, _ message: String) {
        services.logger.log(level: level, "\(message)", metadata: ["request": "\(requestID)"])
    }

    private func writeLogLine() {
        guard services.isLogging else { return }
        let entry = AccessLogEntry(
            client: record.client,
            head: record.hasHead ? head : nil,
            line: record.line,
            status: record.status,
            bytes: record.sentBytes,
            connection: connectionNumber,
            sequence: record.sequence,
            started: record.started
        )
        services.logLines?.append(entry, second: services.second)
    }
}
