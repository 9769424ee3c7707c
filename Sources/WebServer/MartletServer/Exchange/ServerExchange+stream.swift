import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// Answers that are made while they are sent.
extension ServerExchange {
    func stream(_ response: Response, length: Int?, _ write: @Sendable (BodyWriter) async throws -> Void) async {
        guard progress == .waiting, let connection else { return }
        let hasBody = connection.writeHead(of: response, body: length.map { .known($0) } ?? .unknown, for: self)
        let answer = beginStreaming(bufferLimit: response.bufferLimit)
        // Whatever is written before the application first waits is sent together with the head.
        connection.flushSoon()
        // No body may follow: the producer is still run, so that it can release its resources, but cancelled.
        if !hasBody { withUnsafeCurrentTask { $0?.cancel() } }
        do {
            try await write(BodyWriter(hasBody ? answer : ClosedSink()))
            await services.hopToLoop()
            answer.finish()
        } catch {
            await services.hopToLoop()
            guard progress == .streaming else { return }
            guard hasBody else { return answer.finish() }
            if let report = BreakReport(error, fault) { log(report.level, report.text) }
            answer.breakOff()
        }
    }
}

/// Why an answer broke off, for the log.
private struct BreakReport {
    let level: Logger.Level
    let text: String

    /// Nil where the client has gone.
    init?(_ error: any Error, _ fault: (any RequestRefusal)?) {
        if let fault = error as? any RequestRefusal ?? fault {
            level = .info
            text = "The answer breaks off and the connection is closed, because of the request: \(fault)"
        } else if let broken = error as? any BrokenAnswer {
            level = .error
            text = "\(broken)"
        } else if error is ClientDisconnected {
            return nil
        } else {
            level = .error
            text = "The answer broke off and the connection is closed: \(error)"
        }
    }
}

/// Rejects all writes: the answer has no body.
private final class ClosedSink: BodySink {
    func write(_ bytes: ByteBuffer) async throws { throw CancellationError() }
}
