import HTTPTypes
import Logging
import MartletBytes
import MartletGateway
import MartletHTTP1
import NIOCore

/// From the application's answer to bytes.
extension HTTP1Connection {
    /// Up to this size a body is copied behind its head, which is cheaper than a second buffer in the write.
    static let copiedBytes = 16_384

    /// The whole of a request's task.
    func answer() async {
        do {
            let response = try await askApplication()
            if !shared.loop.inEventLoop { await shared.hopToLoop() }
            switch response.body {
            case .stream(let length, let write): await send(response, length: length, write)
            case .upgrade(let own): await upgrade(response, own)
            default: sendWhole(response)
            }
        } catch {
            if !shared.loop.inEventLoop { await shared.hopToLoop() }
            sendError(error)
        }
    }

    /// Sends an answer that is all here.
    func sendWhole(_ response: Response) {
        guard phase == .exchange, case .waiting = exchange.output else { return }
        if let problem = problem(with: response) { return sendWhole(internalError(problem)) }
        switch response.body {
        case .bytes(let bytes):
            let framing = writeHead(response, body: .known(bytes.readableBytes))
            if case .length = framing.delimiting {
                write(bytes)
                exchange.sentBytes = bytes.readableBytes
            }
            endExchange()
        case .file(let range):
            sendFile(range, response)
        case .empty, .stream, .upgrade:
            _ = writeHead(response, body: .empty)
            endExchange()
        }
    }

    /// Decides how the answer ends and writes its head.
    func writeHead(_ response: Response, body: ResponseFraming.Body) -> ResponseFraming {
        var request = exchange.request
        request.keepsAlive = request.keepsAlive && canKeepAlive
        let framing = ResponseFraming(
            status: response.status.code,
            headers: response.headers,
            body: body,
            exchange: request
        )
        exchange.status = response.status.code
        exchange.keepsAlive = framing.keepsAlive
        shared.encoder.setDate(shared.second)
        withOutput { output in
            shared.encoder.writeHead(
                status: response.status,
                headers: response.headers,
                framing: framing,
                into: &output
            )
        }
        return framing
    }

    /// Whether another request can be expected behind this one.
    private var canKeepAlive: Bool {
        if shared.isDraining || (inputIsClosed && inbound.readableBytes == 0) { return false }
        guard let body else { return true }
        if body.isOver || exchange.awaitsContinue { return false }
        guard let remaining = body.decoder.remaining else { return true }
        return remaining <= shared.limits.drainBytes
    }

    /// Why a response cannot be sent as it is.
    func problem(with response: Response) -> String? {
        if let fault = response.headers.fault { return "The application's response cannot be sent: \(fault)" }
        if (200...999).contains(response.status.code) { return nil }
        return "The application's response cannot be sent: status \(response.status.code) is not that of an answer."
    }

    func internalError(_ message: String) -> Response {
        log(.error, message)
        return .plain(.internalServerError, "Internal Server Error\nRequest \(requestID)\n")
    }

    /// Answers an error that the application threw.
    func sendError(_ error: any Error) {
        guard phase == .exchange, case .waiting = exchange.output else { return }
        if let fault = error as? RequestFault ?? (error is IncompleteBody ? body?.fault : nil) {
            sendWhole(refusal(fault))
        } else if let known = error as? any ResponseError {
            let response = known.response
            switch response.body {
            case .stream, .upgrade: sendWhole(internalError("An error's own response has a streamed body: \(error)"))
            default: sendWhole(response)
            }
        } else if let fault = body?.fault {
            // What an application makes of a body that has broken off is no failure of its own.
            sendWhole(refusal(fault))
        } else {
            sendWhole(internalError("The application failed: \(error)"))
        }
    }

    /// Answers a request that broke the protocol. Where the next one would begin is unknown: the connection ends.
    func refuse(_ fault: RequestFault) {
        if phase == .head || phase == .idle {
            sequence &+= 1
            exchange = Exchange()
            exchange.line = inbound.withUnsafeReadableBytes { RequestLineText($0, upTo: AccessLogEntry.fieldBytes) }
            exchange.request.isHead = exchange.line?.isHead ?? false
            phase = .exchange
        }
        sendWhole(refusal(fault))
    }

    /// What a client gets that has broken the protocol; why is in the log.
    private func refusal(_ fault: RequestFault) -> Response {
        exchange.request.keepsAlive = false
        exchange.isRefused = true
        shared.logger.info(
            "Request refused: \(fault)",
            metadata: ["client": "\(clientDescription)", "request": "\(requestID)"]
        )
        return fault.response
    }

    var requestID: String {
        RequestID(connection: facts?.number ?? 0, sequence: sequence).description
    }

    var clientDescription: String { facts?.remoteAddress.map { "\($0)" } ?? "unknown" }

    func log(_ level: Logger.Level, _ message: String) {
        shared.logger.log(level: level, "\(message)", metadata: ["request": "\(requestID)"])
    }
}

// MARK: - The buffer

extension HTTP1Connection {
    /// Appends to what leaves with the next flush.
    func withOutput(_ body: (inout ByteBuffer) -> Void) {
        var buffer = output.take() ?? shared.takeOutput()
        body(&buffer)
        output = buffer
    }

    /// Adds bytes to what leaves with the next flush.
    func write(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Self.copiedBytes {
            withOutput { $0.writeImmutableBuffer(bytes) }
        } else {
            passOutput()
            direct?.yieldToChannel()
            context?.write(NIOAny(bytes), promise: nil)
            needsFlush = true
        }
    }

    /// Gives the buffer to the channel without flushing it.
    func passOutput() {
        guard let buffer = output.take() else { return }
        if buffer.readableBytes > 0 {
            direct?.yieldToChannel()
            context?.write(NIOAny(buffer), promise: nil)
            needsFlush = true
        }
        shared.giveBack(buffer)
    }

    func flush() {
        if var buffer = output.take() {
            if !needsFlush, let channel { direct?.write(&buffer, beside: channel) }
            if buffer.readableBytes > 0 {
                direct?.yieldToChannel()
                context?.write(NIOAny(buffer), promise: nil)
                needsFlush = true
            }
            shared.giveBack(buffer)
        }
        if needsFlush {
            needsFlush = false
            context?.flush()
        }
    }
}

extension LoopContext {
    /// Returns on the loop. A task that prefers the loop as executor is there already, unless something moved it.
    func hopToLoop() async {
        guard !loop.inEventLoop else { return }
        await withUnsafeContinuation { continuation in
            loop.execute { continuation.resume() }
        }
    }
}
