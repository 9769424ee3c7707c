import Logging
import MartletBuffering
import MartletGateway
import MartletHTTP1
import NIOCore

/// The body of a streamed answer, or the output of an upgraded connection: the sink of a ``BodyWriter``.
///
/// The rules:
///
/// 1. While the client keeps up, each write is sent at once.
/// 2. What the client does not take is kept here, if the response allows it (``Response/bufferLimit``), and the writer
///    continues; otherwise the writer waits.
/// 3. The answer is complete when its writer has ended and everything that was kept has been sent.
final class StreamedAnswer: BodySink, @unchecked Sendable {
    private enum Ending {
        case whole
        case broken
    }

    /// One that waits for room. Touched on the loop.
    private final class Writer: @unchecked Sendable {
        var continuation: UnsafeContinuation<Void, any Error>?
        var hasGivenUp = false

        func resume(_ result: Result<Void, any Error>) { continuation.take()?.resume(with: result) }
    }

    private enum Written {
        case goOn
        /// No room for more.
        case wait
        /// Yield to other connections.
        case yield
    }

    private let exchange: ServerExchange
    /// Nil for a writer that waits: one without a limit, or whose bytes could not be stored.
    private var bufferLimit: Int?
    private var buffer: ResponseBuffer?
    private var writers: [Writer] = []
    private var share = FairShare()
    private var ending: Ending?
    private var isSending = false
    /// The fields that follow the body.
    private(set) var trailer: Headers?

    init(_ exchange: ServerExchange, bufferLimit: Int?) {
        self.exchange = exchange
        self.bufferLimit = bufferLimit
    }

    /// How much memory the kept bytes need.
    var heldBytes: Int { buffer?.memoryBytes ?? 0 }
}

// MARK: - From the writer

extension StreamedAnswer {
    func write(_ bytes: ByteBuffer) async throws {
        let loop = exchange.services.loop
        let written: Written
        if loop.inEventLoop {
            written = try take(bytes)
        } else {
            written = try await withUnsafeThrowingContinuation { continuation in
                loop.execute { continuation.resume(with: Result { try self.take(bytes) }) }
            }
        }
        switch written {
        case .goOn: break
        case .yield: await exchange.services.nextTurn()
        case .wait: try await waitForRoom()
        }
    }

    /// Whoever is cancelled does not wait for a client that takes nothing.
    private func waitForRoom() async throws {
        let loop = exchange.services.loop
        let writer = Writer()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                if loop.inEventLoop {
                    park(writer, continuation)
                } else {
                    loop.execute { self.park(writer, continuation) }
                }
            }
        } onCancel: {
            loop.execute { self.giveUp(writer) }
        }
    }

    private func giveUp(_ writer: Writer) {
        writer.hasGivenUp = true
        writers.removeAll { $0 === writer }
        writer.resume(.failure(CancellationError()))
    }

    /// Ends with its exchange.
    func observeStop(_ tell: @escaping @Sendable () -> Void) {
        let loop = exchange.services.loop
        guard loop.inEventLoop else { return loop.execute { self.observeStop(tell) } }
        if exchange.isSendingBody { exchange.services.stopObservers.add(self, tell) }
    }

    func exchangeIsOver() {
        exchange.services.stopObservers.remove(self)
        resumeWriters()
    }

    func setTrailer(_ fields: Headers) async {
        await exchange.services.hopToLoop()
        if let fault = fields.fault {
            return exchange.log(.warning, "The application's trailer cannot be sent: \(fault)")
        }
        trailer = fields
    }

    /// The end of a chunked body, with the fields behind it for a client that has asked for them (RFC 9110 section 6.5.1).
    func writeLastChunk(to transport: any Transport) {
        transport.withOutput { output in
            if let trailer, exchange.head.takesTrailers {
                ResponseEncoder.writeLastChunk(trailer: trailer, into: &output)
            } else {
                output.writeBytes(ResponseEncoder.lastChunk)
            }
        }
    }

    private func take(_ bytes: ByteBuffer) throws -> Written {
        guard exchange.isSendingBody, ending == nil, let connection = exchange.connection else {
            throw ClientDisconnected()
        }
        try connection.countBody(bytes.readableBytes, for: exchange)
        if buffer == nil, let bufferLimit, !connection.isWritable(for: exchange) {
            buffer = ResponseBuffer(limit: bufferLimit)
        }
        if buffer == nil {
            send(bytes, connection)
        } else {
            buffer?.memoryLimit = connection.memoryLimit(for: exchange)
            buffer?.append(bytes)
            startWork()
        }
        if !hasRoom(connection) { return .wait }
        return share.isUsed(by: bytes.readableBytes) ? .yield : .goOn
    }

    private func send(_ bytes: ByteBuffer, _ connection: any ExchangeConnection) {
        connection.write(bytes, for: exchange)
        exchange.record.sentBytes &+= bytes.readableBytes
        connection.flush()
    }

    private func hasRoom(_ connection: any ExchangeConnection) -> Bool {
        buffer?.hasRoom ?? (bufferLimit != nil || connection.isWritable(for: exchange))
    }

    /// Suspends a writer until there is room.
    private func park(_ writer: Writer, _ continuation: UnsafeContinuation<Void, any Error>) {
        guard exchange.isSendingBody, let connection = exchange.connection else {
            return continuation.resume(throwing: ClientDisconnected())
        }
        if hasRoom(connection) { return continuation.resume() }
        guard !writer.hasGivenUp else { return continuation.resume(throwing: CancellationError()) }
        writer.continuation = continuation
        writers.append(writer)
    }

    /// The writer has written everything.
    func finish() { end(.whole) }

    /// The writer has failed; what it has written is still sent.
    func breakOff() { end(.broken) }

    private func end(_ ending: Ending) {
        guard exchange.isSendingBody, self.ending == nil else { return }
        self.ending = ending
        if buffer == nil { finishExchange() }
    }

    private func finishExchange() {
        switch ending {
        case .whole: exchange.end()
        case .broken: exchange.abort()
        case nil: break
        }
    }
}

// MARK: - To the client

extension StreamedAnswer {
    /// The client can take more, or is gone.
    func outputIsWelcome() {
        share.renew()
        sendKept()
        resumeWriters()
    }

    private func resumeWriters() {
        guard !writers.isEmpty else { return }
        if let connection = exchange.connection, exchange.isSendingBody, !hasRoom(connection) { return }
        let waiting = writers
        writers = []
        for writer in waiting {
            writer.resume(exchange.isLost ? .failure(ClientDisconnected()) : .success(()))
        }
    }

    private func sendKept() {
        // A flush may call back here at once.
        guard !isSending else { return }
        isSending = true
        while exchange.isSendingBody, let connection = exchange.connection, connection.isWritable(for: exchange),
            let bytes = buffer?.next()
        {
            send(bytes, connection)
        }
        isSending = false
        guard exchange.isSendingBody else { return }
        if buffer?.isEmpty == true {
            buffer = nil
            finishExchange()
        } else {
            startWork()
        }
    }
}

// MARK: - The file

extension StreamedAnswer {
    private func startWork() {
        switch buffer?.work() {
        case .store(let bytes, let file):
            SpoolFile.onPool({ () throws(SpoolError) in try SpoolFile.append(bytes, to: file) }) { result in
                self.exchange.services.loop.execute {
                    if case .failure(let error) = result { self.couldNotStore(error) }
                    self.buffer?.stored(result, bytes)
                    self.outputIsWelcome()
                }
            }
        case .load(let file, let offset, let count):
            SpoolFile.onPool({ () throws(SpoolError) in try file.read(at: offset, count: count) }) { result in
                self.exchange.services.loop.execute {
                    self.buffer?.loaded(result)
                    if case .failure(let error) = result { return self.couldNotLoad(error) }
                    self.outputIsWelcome()
                }
            }
        case nil: break
        }
    }

    private func couldNotStore(_ error: SpoolError) {
        // One attempt, and one line in the log, for each answer.
        bufferLimit = nil
        guard exchange.isSendingBody else { return }
        exchange.log(
            .error,
            error.sentence(about: "An answer that its client takes slowly") + " Its application waits for the client."
        )
    }

    private func couldNotLoad(_ error: SpoolError) {
        guard exchange.isSendingBody else { return }
        exchange.log(.error, error.sentence(about: "The rest of an answer") + " The connection is closed.")
        exchange.abort()
    }
}
