import HTTPTypes
import Logging
import MartletGateway
import NIOCore

/// The way back: what the upstream says, and what the client gets of it.
extension ProxyCall: UpstreamUser {
    func informed(_ status: HTTPResponse.Status, _ headers: Headers) {
        progressed()
        // The server says `100 Continue` itself, when the body is first read.
        if status.code > 101 { exchange.inform(status, proxy.sentFolders?.without(headers) ?? headers) }
    }

    func noted(_ message: String) {
        request.logger.warning("The upstream \(upstreamName) says: \(message)")
    }

    func answered(_ answer: UpstreamAnswer) {
        self.answer = proxy.sentFolders?.read(answer) ?? answer
        answerTime = .now() - askedAt
        stage = .collecting
        progressed()
    }

    func answered(_ answer: UpstreamAnswer, whole body: ByteBuffer) {
        // It has found its next user already.
        connection = nil
        if proxy.sentFolders != nil {
            // A file that it names may take its place.
            answered(answer)
            if body.readableBytes > 0 { received(body) }
            return ended(trailer: nil)
        }
        answerTime = .now() - askedAt
        release(.answered)
        guard case .asked = stage else { return }
        leave()
        task?.cancel()
        complete(answer.response(body, trailer: nil))
    }

    func received(_ bytes: ByteBuffer) {
        switch stage {
        case .collecting:
            if collected.readableBytes == 0 { collected = bytes } else { collected.writeImmutableBuffer(bytes) }
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
        guard case .collecting = stage, let answer else { return }
        if FileAnswer.takesOver(self) { return }
        guard !answer.isTakenWhole else { return }
        let stream = AnswerStream(self, length: answer.length)
        stage = .streaming(stream)
        self.answer = nil
        let bytes = collected.takeAll()
        if bytes.readableBytes > 0, !stream.feed(bytes) { holdBack() }
        progressed()
        let reader = AnswerReader(stream, of: self)
        complete(answer.response(reader, bufferLimit: configuration.bufferLimit(for: outgoing)))
    }

    func ended(trailer given: Headers?) {
        let trailer = given.map { proxy.sentFolders?.without($0) ?? $0 }
        connection = nil
        release(.answered)
        switch stage {
        case .collecting where FileAnswer.takesOver(self): break
        case .collecting:
            leave()
            task?.cancel()
            if let answer = answer.take() { complete(answer.response(collected.takeAll(), trailer: trailer)) }
        case .streaming(let stream), .tunnel(let stream):
            leave()
            stream.end(trailer: trailer)
        case .takingBody, .queued, .connecting, .asked, .over: break
        }
    }

    func failed(_ fault: UpstreamFault) {
        // The rest of a body that is not sent may be missing.
        if FileAnswer.takesOver(self) { return }
        fail(.fault(fault.description), wasSent: !fault.isRefused, isEnd: fault.isEnd, isRefused: fault.isRefused)
    }

    /// The answer is that of the upstream.
    func complete(_ response: Response) {
        exchange.complete(proxy.tiesRequests ? affinity.marked(response, for: self) : response)
    }

    func switched(_ status: HTTPResponse.Status, _ headers: Headers) {
        let stream = AnswerStream(self, length: nil)
        stage = .tunnel(stream)
        progressed()
        let reader = AnswerReader(stream, of: self)
        exchange.complete(Response(status: status, headers: headers, body: .upgrade { try await reader.tunnel($0) }))
    }

    func redirected(to path: String) {
        connection = nil
        release(.answered)
        leave()
        start { [self] in await LocalRedirect(path: path, of: request, upstream: upstreamName).follow(for: exchange) }
    }
}

// MARK: - The client

extension ProxyCall: LossObserver {
    func clientIsLost() { answerIsLeft() }

    /// Nobody will read more of the answer. From any thread, and after its end too.
    func answerIsLeft() {
        if proxy.loop.inEventLoop { abandon() } else { proxy.loop.execute { self.abandon() } }
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
