import HTTPTypes
import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// The way back: what the upstream says, and what the client gets of it.
extension ProxyCall: UpstreamUser {
    func informed(_ status: HTTPResponse.Status, _ headers: Headers) {
        progressed()
        // The server says `100 Continue` itself, when the body is first read.
        if status.code > 101 { exchange.inform(status, headers) }
    }

    func noted(_ message: String) {
        request.logger.warning("The upstream \(upstreamName) says: \(message)")
    }

    func answered(_ answer: UpstreamAnswer) {
        stage = .collecting(answer, ByteBuffer())
        progressed()
    }

    func received(_ bytes: ByteBuffer) {
        switch stage {
        case .collecting(let answer, var collected):
            // Alone in the stage, it can be written to.
            stage = .connecting
            if collected.readableBytes == 0 { collected = bytes } else { collected.writeImmutableBuffer(bytes) }
            stage = .collecting(answer, collected)
        case .streaming(let stream), .tunnel(let stream):
            if !stream.feed(bytes) { holdBack() }
        case .takingBody, .queued, .connecting, .asked, .over: break
        }
        progressed()
    }

    private func holdBack() {
        isHeldBack = true
        connection?.setReading(false)
    }

    func readCompleted() {
        guard case .collecting(let answer, let collected) = stage, !Self.isTakenWhole(answer) else { return }
        let stream = AnswerStream(self, length: answer.body.knownLength)
        stage = .streaming(stream)
        if collected.readableBytes > 0, !stream.feed(collected) { holdBack() }
        progressed()
        let reader = AnswerReader(stream, of: self)
        var response = response(answer, .stream(length: answer.body.knownLength) { try await reader.copy(to: $0) })
        response.bufferLimit = configuration.responseBuffering ? configuration.responseBufferingLimit : nil
        exchange.complete(response)
    }

    /// Whether its client gets nothing before all of it is here.
    private static func isTakenWhole(_ answer: UpstreamAnswer) -> Bool {
        switch answer.body {
        case .none: true
        case .length(let length): length <= wholeBytes
        case .unknown: false
        }
    }

    func ended(trailer: Headers?) {
        // It has found its next user already.
        connection = nil
        let stage = stage
        release(.answered)
        switch stage {
        case .collecting(let answer, let collected):
            finish(with: response(answer, Self.body(answer, collected, trailer)))
        case .streaming(let stream), .tunnel(let stream):
            self.stage = .over
            proxy.remove(self)
            stream.end(trailer: trailer)
        case .takingBody, .queued, .connecting, .asked, .over: break
        }
    }

    private static func body(_ answer: UpstreamAnswer, _ bytes: ByteBuffer, _ trailer: Headers?) -> Response.Body {
        guard answer.body != .none else { return .empty }
        guard let trailer else { return .bytes(bytes) }
        return .stream(length: answer.body.knownLength) { writer in
            try await writer.write(bytes)
            await writer.setTrailer(trailer)
        }
    }

    func failed(_ fault: UpstreamFault) { fail(.fault(fault.description), isEnd: fault.isEnd) }

    /// The answer is complete as far as it concerns this call.
    func finish(with response: Response) {
        stage = .over
        proxy.remove(self)
        task?.cancel()
        exchange.complete(response)
    }

    private func response(_ answer: UpstreamAnswer, _ body: Response.Body) -> Response {
        var response = Response(status: answer.status, headers: answer.headers, body: body)
        if let cookie = stickyCookie { response.headers.append("Set-Cookie", cookie) }
        return response
    }

    func switched(_ status: HTTPResponse.Status, _ headers: Headers) {
        let stream = AnswerStream(self, length: nil)
        stage = .tunnel(stream)
        progressed()
        let reader = AnswerReader(stream, of: self)
        exchange.complete(Response(status: status, headers: headers, body: .upgrade { try await reader.tunnel($0) }))
    }
}

// MARK: - The client

extension ProxyCall: LossObserver {
    func clientIsLost() {
        guard proxy.loop.inEventLoop else { return proxy.loop.execute { self.clientIsLost() } }
        abandon()
    }

    /// Nobody will read more of the answer. From any thread, and after its end too.
    func answerIsLeft() {
        if proxy.loop.inEventLoop { abandon() } else { proxy.loop.execute { self.abandon() } }
    }

    /// What the client sends through a tunnel. From any thread.
    func sendThroughTunnel(_ bytes: ByteBuffer) async throws {
        guard let connection = await onLoop({ self.connection }) else { throw ChannelError.ioOnClosedChannel }
        try await connection.send(bytes)
        progressed()
    }

    /// Runs work on the loop; at once where the caller is there, as the tasks of a server are.
    func onLoop<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        if proxy.loop.inEventLoop { return work() }
        return await withUnsafeContinuation { continuation in
            proxy.loop.execute { continuation.resume(returning: work()) }
        }
    }

    /// The reader of the answer wants more.
    func answerIsWanted() {
        guard proxy.loop.inEventLoop else { return proxy.loop.execute { self.answerIsWanted() } }
        guard isHeldBack else { return }
        isHeldBack = false
        connection?.setReading(true)
        progressed()
    }
}

extension ProxyCall.Stage {
    var stream: AnswerStream? {
        switch self {
        case .streaming(let stream), .tunnel(let stream): stream
        case .takingBody, .queued, .connecting, .asked, .collecting, .over: nil
        }
    }
}

extension HTTP1ResponseBody {
    /// Nil where only the end tells.
    var knownLength: Int? {
        switch self {
        case .none: 0
        case .length(let length): length
        case .unknown: nil
        }
    }
}
