import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// Answers that are made while they are sent.
extension HTTP1Connection {
    /// An application that writes without ever waiting lets the other connections of its loop on after this many bytes.
    private static let fairShare = 262_144
    /// What a write costs beside its bytes, in the time of as many bytes.
    private static let costOfWrite = 2_048

    func send(
        _ response: Response,
        length: Int?,
        _ write: @Sendable (BodyWriter) async throws -> Void
    ) async {
        guard phase == .exchange, case .waiting = exchange.output else { return }
        if let problem = problem(with: response) { return sendWhole(internalError(problem)) }
        let framing = writeHead(response, body: length.map { .known($0) } ?? .unknown)
        exchange.output = .streaming(framing.delimiting)
        if case .length(let length) = framing.delimiting { exchange.announced = length }
        // Whatever is written before the application first waits leaves together with the head.
        if !willFlush { shared.loop.execute { self.flush() } }
        let sequence = sequence
        // No body may follow: the producer still runs, so that it can close what it holds, but is told to stop.
        if framing.delimiting == .none { withUnsafeCurrentTask { $0?.cancel() } }
        do {
            try await write(BodyWriter(ResponseSink(connection: self, sequence: sequence)))
            await shared.hopToLoop()
            finishStream(sequence)
        } catch {
            await shared.hopToLoop()
            failStream(sequence, error)
        }
    }

    private func finishStream(_ sequence: UInt64) {
        guard isStreaming(sequence), case .streaming(let delimiting) = exchange.output else { return }
        switch delimiting {
        case .chunked:
            withOutput { $0.writeBytes(ResponseEncoder.lastChunk) }
        case .length:
            if let missing = exchange.announced, missing > 0 {
                log(
                    .error,
                    "The application's body is \(missing) bytes shorter than it announced; the connection is closed."
                )
                return abort()
            }
        case .none, .untilClose:
            break
        }
        endExchange()
    }

    private func failStream(_ sequence: UInt64, _ error: any Error) {
        guard isStreaming(sequence), case .streaming(let delimiting) = exchange.output else { return }
        if delimiting == .none { return endExchange() }
        if let fault = error as? RequestFault ?? body?.fault {
            log(.info, "The answer breaks off and the connection is closed, because of the request: \(fault)")
        } else if let broken = error as? any BrokenAnswer {
            log(.error, "\(broken)")
        } else if !(error is ClientDisconnected) {
            log(.error, "The answer broke off and the connection is closed: \(error)")
        }
        abort()
    }

    func isStreaming(_ sequence: UInt64) -> Bool {
        guard sequence == self.sequence, phase == .exchange || phase == .upgraded else { return false }
        if case .streaming = exchange.output { return true }
        return false
    }

    enum Written {
        case goOn
        /// The client is slower than the application.
        case wait
        /// Others want their turn.
        case yield
    }

    /// Sends a part of a streamed body.
    func writeStreamed(_ bytes: ByteBuffer, sequence: UInt64) throws -> Written {
        guard isStreaming(sequence), case .streaming(let delimiting) = exchange.output else {
            throw ClientDisconnected()
        }
        switch delimiting {
        case .none:
            throw CancellationError()
        case .untilClose:
            write(bytes)
        case .length:
            let left = exchange.announced ?? 0
            guard bytes.readableBytes <= left else {
                throw StreamTooLong(excess: bytes.readableBytes - left)
            }
            exchange.announced = left - bytes.readableBytes
            write(bytes)
        case .chunked:
            withOutput { ResponseEncoder.writeChunkSize(bytes.readableBytes, into: &$0) }
            write(bytes)
            withOutput { $0.writeInteger(0x0D0A, as: UInt16.self) }
        }
        exchange.sentBytes &+= bytes.readableBytes
        flush()
        if !isWritable { return .wait }
        return hasHadItsShare(bytes.readableBytes) ? .yield : .goOn
    }

    /// Counts what was sent without a wait.
    ///
    /// - Returns: whether it is the turn of others now.
    func hasHadItsShare(_ bytes: Int) -> Bool {
        exchange.sinceYield &+= bytes &+ Self.costOfWrite
        guard exchange.sinceYield > Self.fairShare else { return false }
        exchange.sinceYield = 0
        return true
    }

    /// Keeps a writer until the client has taken enough.
    func park(_ writer: UnsafeContinuation<Void, any Error>, sequence: UInt64) {
        guard isStreaming(sequence) else { return writer.resume(throwing: ClientDisconnected()) }
        if isWritable { writer.resume() } else { writers.append(writer) }
    }

    func resumeWriters() {
        guard !writers.isEmpty else { return }
        let waiting = writers
        writers = []
        exchange.sinceYield = 0
        for writer in waiting {
            if phase == .closed { writer.resume(throwing: ClientDisconnected()) } else { writer.resume() }
        }
    }
}

/// An application wrote more than it announced.
struct StreamTooLong: Error, CustomStringConvertible {
    let excess: Int

    var description: String { "the body is \(excess) bytes longer than it announced" }
}

/// The way from a ``BodyWriter`` to the connection. Harmless once the exchange is over.
final class ResponseSink: BodySink {
    private let connection: HTTP1Connection
    private let sequence: UInt64

    init(connection: HTTP1Connection, sequence: UInt64) {
        self.connection = connection
        self.sequence = sequence
    }

    func write(_ bytes: ByteBuffer) async throws {
        let loop = connection.shared.loop
        let written: HTTP1Connection.Written
        if loop.inEventLoop {
            written = try connection.writeStreamed(bytes, sequence: sequence)
        } else {
            written = try await withUnsafeThrowingContinuation { continuation in
                loop.execute {
                    continuation.resume(
                        with: Result { try self.connection.writeStreamed(bytes, sequence: self.sequence) }
                    )
                }
            }
        }
        switch written {
        case .goOn: break
        case .yield: await connection.shared.nextTurn()
        case .wait:
            try await withUnsafeThrowingContinuation { continuation in
                if loop.inEventLoop {
                    connection.park(continuation, sequence: sequence)
                } else {
                    loop.execute { self.connection.park(continuation, sequence: self.sequence) }
                }
            }
        }
    }
}
