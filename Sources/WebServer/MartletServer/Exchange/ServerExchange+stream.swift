import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// Answers that are made while they are sent.
extension ServerExchange {
    /// An application that writes without ever waiting lets the other connections of its loop on after this many bytes.
    private static let fairShare = 262_144
    /// What a write costs beside its bytes, in the time of as many bytes.
    private static let costOfWrite = 2_048

    func stream(_ response: Response, length: Int?, _ write: @Sendable (BodyWriter) async throws -> Void) async {
        guard progress == .waiting, let connection else { return }
        if let problem = Self.problem(with: response) { return complete(internalError(problem)) }
        let hasBody = connection.writeHead(of: response, body: length.map { .known($0) } ?? .unknown, for: self)
        beginStreaming()
        // Whatever is written before the application first waits leaves together with the head.
        connection.flushSoon()
        // No body may follow: the producer still runs, so that it can close what it holds, but is told to stop.
        if !hasBody { withUnsafeCurrentTask { $0?.cancel() } }
        do {
            try await write(BodyWriter(hasBody ? self : ClosedSink()))
            await services.hopToLoop()
            if progress == .streaming { end() }
        } catch {
            await services.hopToLoop()
            guard progress == .streaming else { return }
            if hasBody { breakOff(error) } else { end() }
        }
    }

    private func breakOff(_ error: any Error) {
        if let fault = error as? RequestFault ?? fault {
            log(.info, "The answer breaks off and the connection is closed, because of the request: \(fault)")
        } else if let broken = error as? any BrokenAnswer {
            log(.error, "\(broken)")
        } else if !(error is ClientDisconnected) {
            log(.error, "The answer broke off and the connection is closed: \(error)")
        }
        abort()
    }

    enum Written {
        case goOn
        /// The client is slower than the application.
        case wait
        /// Others want their turn.
        case yield
    }

    /// Sends a part of a body.
    private func send(_ bytes: ByteBuffer) throws -> Written {
        guard progress == .streaming || progress == .upgraded, let connection else { throw ClientDisconnected() }
        try connection.write(bytes, for: self)
        record.sentBytes &+= bytes.readableBytes
        connection.flush()
        if !connection.isWritable(for: self) { return .wait }
        return hasHadItsShare(bytes.readableBytes) ? .yield : .goOn
    }

    /// Counts what was sent without a wait.
    ///
    /// - Returns: whether it is the turn of others now.
    func hasHadItsShare(_ bytes: Int) -> Bool {
        sinceYield &+= bytes &+ Self.costOfWrite
        guard sinceYield > Self.fairShare else { return false }
        sinceYield = 0
        return true
    }

    /// Keeps a writer until the client has taken enough.
    private func park(_ writer: UnsafeContinuation<Void, any Error>) {
        guard progress == .streaming || progress == .upgraded, let connection else {
            return writer.resume(throwing: ClientDisconnected())
        }
        if connection.isWritable(for: self) { writer.resume() } else { writers.append(writer) }
    }

    /// The client has taken enough, or will take nothing more.
    func resumeWriters() {
        guard !writers.isEmpty else { return }
        let waiting = writers
        writers = []
        sinceYield = 0
        for writer in waiting {
            if isLost { writer.resume(throwing: ClientDisconnected()) } else { writer.resume() }
        }
    }

    func write(_ bytes: ByteBuffer) async throws {
        let loop = services.loop
        let written: Written
        if loop.inEventLoop {
            written = try send(bytes)
        } else {
            written = try await withUnsafeThrowingContinuation { continuation in
                loop.execute { continuation.resume(with: Result { try self.send(bytes) }) }
            }
        }
        switch written {
        case .goOn: break
        case .yield: await services.nextTurn()
        case .wait:
            try await withUnsafeThrowingContinuation { continuation in
                if loop.inEventLoop { park(continuation) } else { loop.execute { self.park(continuation) } }
            }
        }
    }
}

/// Takes nothing: the answer has no body.
private final class ClosedSink: BodySink {
    func write(_ bytes: ByteBuffer) async throws { throw CancellationError() }
}
