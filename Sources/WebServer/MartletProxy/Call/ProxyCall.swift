import HTTPTypes
import Logging
import MartletBytes
import MartletGateway
import NIOCore

/// One request on its way to an upstream, and its answer on the way back.
///
/// The rules:
///
/// 1. Used on the loop of the request only; whoever may call from elsewhere hops.
/// 2. It goes on to the next upstream, or tries again, only while nothing of an answer has come and the body can be sent again.
///    Where no connection was made, every request may be; where one was, those that do the same when they are done twice
///    (RFC 9110 section 9.2.2), since the upstream may have done it.
/// 3. A connection that was kept and ends without a byte was closed by the upstream while it was not used: that is no failure of
///    the upstream, and the next attempt takes a new one.
/// 4. What has been told to the client is never taken back: an answer that breaks off is broken off for the client too, and never
///    ended as if it were whole.
final class ProxyCall: @unchecked Sendable {
    let proxy: LoopProxy
    let exchange: any Exchange
    let outgoing: OutgoingRequest
    let affinity: Affinity
    var body = PassedBody.none
    @exclusivity(unchecked) var stage = CallStage.takingBody
    /// The head of the answer, and what of its body the client has not got.
    @exclusivity(unchecked) var answer: UpstreamAnswer?
    @exclusivity(unchecked) var collected = ByteBuffer()
    @exclusivity(unchecked) var connection: (any RequestCarrier)?
    /// Which upstream has it.
    private(set) var upstream: Int?
    /// Whether it counts as in flight there.
    private var isInFlight = false
    @exclusivity(unchecked) private var attempts = Attempts()
    /// When it was asked, and how long its answer took to begin.
    private(set) var askedAt = NIODeadline.uptimeNanoseconds(0)
    var answerTime: TimeAmount?
    /// Tells what comes late from an attempt that is over.
    private var generation = 0
    var task: Task<Void, Never>?
    var deadline = NIODeadline.distantFuture
    private let totalDeadline: NIODeadline
    /// The client is slower than the upstream, which is not read from meanwhile.
    var isHeldBack = false
    var index = 0

    init(_ outgoing: OutgoingRequest, for exchange: any Exchange, of proxy: LoopProxy) {
        self.outgoing = outgoing
        self.exchange = exchange
        self.proxy = proxy
        affinity = proxy.tiesRequests ? Affinity(of: outgoing.request, proxy.configuration) : .none
        totalDeadline = proxy.times.total.map { .now() + $0 } ?? .distantFuture
    }

    var request: Request { outgoing.request }
    var configuration: ProxyConfiguration { proxy.configuration }
    var upstreamName: String { upstream.map { proxy.group.urls[$0].name } ?? proxy.group.urls.first?.name ?? "" }

    var isOver: Bool { if case .over = stage { true } else { false } }

    /// Something is due after so long, or at the end of all time that the request has.
    func setDeadline(_ time: TimeAmount?) {
        deadline = min(totalDeadline, time.map { proxy.deadline(after: $0) } ?? .distantFuture)
    }
}

// MARK: - The way there

extension ProxyCall {
    func begin() {
        exchange.observeLoss(by: self)
        proxy.add(self)
        if let ready = PassedBody(ready: request.body, isBuffered: configuration.takesIn(outgoing)) {
            body = ready
            return attempt()
        }
        setDeadline(nil)
        start { [self] in
            do {
                let taken = try await PassedBody.takeIn(request.body)
                guard !isOver else { return }
                body = taken
                attempt()
            } catch {
                giveUp(error)
            }
        }
    }

    /// Starts a task on the loop.
    func start(_ work: sending @escaping @isolated(any) () async -> Void) {
        task = Task.immediateDetached(executorPreference: proxy.executor, operation: work)
    }

    /// Chooses an upstream and asks it.
    private func attempt() {
        guard !isOver else { return }
        var place: UInt64?
        if case .queued(let number) = stage { place = number }
        let (choice, number) = proxy.group.choose(
            key: affinity.key,
            sticky: affinity.session,
            tried: attempts.tried,
            place: place,
            at: proxy.now
        ) {
            UpstreamGroup.Waiter(loop: proxy.loop) { [self] in proxy.loop.execute { self.placeIsFree() } }
        }
        switch choice {
        case .upstream(let chosen):
            upstream = chosen
            isInFlight = true
            ask(chosen)
        case .wait:
            if place == nil { setDeadline(proxy.times.queue) }
            if let number { stage = .queued(number) }
        case .refused(let refusal):
            stage = .connecting
            end(with: refusal == .tried ? attempts.lastFailure ?? .refused(refusal) : .refused(refusal))
        }
    }

    private func placeIsFree() { if case .queued = stage { attempt() } else { proxy.group.wakeAll() } }

    private func ask(_ upstream: Int) {
        attempts.begin()
        stage = .connecting
        let kept = attempts.wantsNewConnection ? nil : proxy.pool.take(upstream, for: outgoing, with: body)
        if let kept { return send(over: kept) }
        setDeadline(proxy.times.connect)
        let generation = generation
        proxy.connect(upstream, alone: proxy.group.urls[upstream].needsOwnConnection(for: outgoing)) { [self] result in
            guard generation == self.generation, case .connecting = stage else {
                // Too late for this request; the next one may use it.
                if case .success(let connection) = result { connection.leave() }
                return
            }
            switch result {
            case .success(let connection): send(over: connection)
            case .failure(let error): fail(.unreachable(ConnectProblem.text(error)), wasSent: false)
            }
        }
    }

    private func send(over connection: any RequestCarrier) {
        self.connection = connection
        stage = .asked
        askedAt = .now()
        do {
            let mayHaveTrailer = body.isStream || request.body.trailer != nil
            try connection.begin(outgoing, framing: body.framing, mayHaveTrailer: mayHaveTrailer, for: self)
            if case .bytes(let bytes) = body { try connection.write(bytes) }
        } catch {
            request.logger.error("A request cannot be passed on: \(error)")
            release(.unknown)
            let refusal = (error as? any ResponseError)?.response
            return finish(with: outgoing.refusal(refusal ?? .refusal(.badRequest, "The request cannot be passed on.")))
        }
        switch body {
        case .none, .bytes:
            requestIsComplete(connection)
        case .file, .stream:
            connection.flush()
            progressed()
            sendBody(connection)
        }
    }

    private func sendBody(_ connection: any RequestCarrier) {
        start { [self] in
            do {
                try await body.send(over: connection) {
                    if self.connection === connection { progressed() }
                }
                if self.connection === connection { requestIsComplete(connection) }
            } catch {
                // What is wrong with the connection is said where it ends.
                guard self.connection === connection, !connection.isClosed else { return }
                giveUp(error)
            }
        }
    }

    private func requestIsComplete(_ connection: any RequestCarrier) {
        do { try connection.endBody(trailer: request.body.trailer) } catch { return giveUp(error) }
        connection.flush()
        progressed()
    }

    /// Something has gone to the upstream or come from it: what is due next, and until when.
    func progressed() {
        switch stage {
        case .takingBody, .queued, .connecting, .over: break
        case .asked:
            guard let connection else { return }
            if connection.isBlocked {
                setDeadline(proxy.times.send)
            } else {
                // Nothing is due of an upstream that waits for what the client sends.
                setDeadline(connection.isSendingBody && body.isStream ? nil : proxy.times.answer)
            }
        case .collecting, .streaming: setDeadline(isHeldBack ? nil : proxy.times.read)
        case .tunnel: setDeadline(proxy.times.tunnel)
        }
    }
}

// MARK: - What goes wrong

extension ProxyCall {
    /// The upstream does not answer, or not with anything of use.
    ///
    /// - Parameters:
    ///   - wasSent: whether it may have got the request.
    ///   - isEnd: whether the connection just ended.
    ///   - isRefused: whether the upstream is well, and takes the request when it is sent again.
    func fail(_ failure: UpstreamFailure, wasSent: Bool = true, isEnd: Bool = false, isRefused: Bool = false) {
        guard !isOver else { return }
        let wasKept = isEnd && connection?.isKept == true
        let stream = stage.stream
        let mayRetry = !failure.isFinal && mayRetry(wasSent: wasSent)
        if !wasKept, !isRefused, let upstream {
            proxy.group.note(failure: failure.sentence(about: upstreamName), of: upstream)
        }
        release(wasKept || isRefused ? .unknown : .failed)
        if let stream {
            leave()
            return stream.breakOff(BrokenUpstreamAnswer(failure: failure, upstream: upstreamName))
        }
        guard mayRetry else { return end(with: failure) }
        request.logger.info("\(failure.sentence(about: upstreamName)) The request is tried again.")
        attempts.failed(failure, at: upstream, wasKept: wasKept, isRefused: isRefused)
        stage = .connecting
        attempt()
    }

    private func mayRetry(wasSent: Bool) -> Bool {
        guard attempts.count <= configuration.retries, !exchange.isLost else { return false }
        guard case .asked = stage else { return stage.isConnecting }
        return connection?.hasReceived != true && !body.isStream && (!wasSent || outgoing.isIdempotent)
    }

    /// Ends it with an answer that says what is wrong.
    private func end(with failure: UpstreamFailure) {
        request.logger.error("\(failure.sentence(about: upstreamName))")
        finish(with: outgoing.refusal(failure))
    }

    /// The answer is not that of an upstream.
    func finish(with response: Response) {
        leave()
        task?.cancel()
        exchange.complete(response)
    }

    /// The request itself fails, as where its body breaks off.
    private func giveUp(_ error: any Error) {
        guard !isOver else { return }
        let stream = stage.stream
        release(.unknown)
        leave()
        if let stream { stream.breakOff(error) } else { exchange.fail(error) }
    }

    func deadlineHasPassed() {
        let now = NIODeadline.now()
        guard deadline <= now else { return }
        deadline = .distantFuture
        if totalDeadline <= now, let total = configuration.totalTimeout { return fail(.takesTooLong(total)) }
        switch stage {
        case .takingBody, .over: break
        case .queued(let place):
            proxy.group.leave(place)
            stage = .connecting
            end(with: .queueTooSlow(configuration.queueTimeout))
        case .connecting: fail(.connectTooSlow(configuration.connectTimeout), wasSent: false)
        case .asked where connection?.isBlocked == true: fail(.takesNothing(configuration.sendTimeout))
        case .asked: fail(.noAnswer(configuration.answerTimeout))
        case .collecting, .streaming: fail(.pauses(configuration.readTimeout))
        case .tunnel: abandon()
        }
    }

    /// Nobody wants the answer, or the rest of it.
    func abandon() {
        guard !isOver else { return }
        if case .queued(let place) = stage { proxy.group.leave(place) }
        let stream = stage.stream
        release(.unknown)
        leave()
        task?.cancel()
        stream?.breakOff(CancellationError())
    }

    /// It is over.
    func leave() {
        stage = .over
        proxy.remove(self)
    }

    /// The upstream is done with the request. A connection that was not given back is closed.
    func release(_ outcome: UpstreamMachine.Outcome) {
        generation += 1
        connection.take()?.close()
        guard isInFlight, let upstream else { return }
        isInFlight = false
        proxy.group.ended(upstream, outcome, answerTime: answerTime.take(), at: proxy.now)
    }
}
