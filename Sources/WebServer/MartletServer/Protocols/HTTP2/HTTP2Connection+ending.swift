import Logging
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// How a connection ends.
extension HTTP2Connection {
    /// No further requests, and nothing to answer: closes.
    func finishIfDone() {
        guard isIdle, files.isEmpty, output.readableBytes == 0 else { return }
        if clientIsLeaving || inputIsClosed {
            finish(lingers: false)
        } else if isEnding, machine.hasRefusedRequests {
            finish()
        }
    }

    /// Sends what was written, then closes. The client gets time to read it first: a socket that is closed with unread bytes
    /// resets the connection, and GOAWAY is lost.
    func finish(lingers: Bool = true) {
        guard stage == .open else { return }
        stage = .finishing
        deadline = .distantFuture
        clearInput()
        transport.finish { [self] in
            guard stage == .finishing else { return }
            guard lingers, transport.isActive, !inputIsClosed else { return closeNow() }
            stage = .lingering
            deadline = services.deadline(.linger)
            silence = services.deadline(.silence)
            transport.closeOutput()
        }
        updateReading()
    }

    /// Says goodbye to a client that has nothing to expect.
    private func sayGoodbye() {
        machine.refuseRequests(into: &output)
        isEnding = true
        send()
    }

    func closeNow() {
        guard stage != .closed else { return }
        lost()
        transport.close()
    }

    func closeAtOnce() {
        transport.flush()
        for exchange in exchanges.values { exchange.record.lostStatus = 503 }
        closeNow()
    }

    func lost() {
        guard stage != .closed else { return }
        stage = .closed
        clearInput()
        output = ByteBuffer()
        for file in files.values { file.whenTaken(false) }
        files = [:]
        loseAll()
        slim()
    }

    var isBusy: Bool { stage == .open && !isIdle || transport.isSending }

    /// In two steps (RFC 9113 section 6.8): first the client is told to send no further requests, and those that it has sent
    /// are served; when it has read that, it is told which of them was the last.
    func refuseNewRequests() {
        guard stage == .open, !isEnding else { return }
        isEnding = true
        let moment = NIODeadline.now() + .seconds(1)
        guard machine.hasBegun else { return deadline = min(deadline, moment) }
        farewellDeadline = moment
        machine.sayFarewell(into: &output)
        sendSoon()
    }
}

// MARK: - What the loop's tick looks at

extension HTTP2Connection {
    func tick(_ now: NIODeadline) {
        switch stage {
        case .open: tickOpen(now)
        case .lingering where now >= min(deadline, silence): return closeNow()
        case .lingering, .finishing, .closed: break
        }
        checkSending(now)
    }

    private func tickOpen(_ now: NIODeadline) {
        let limits = services.limits
        let overdue = machine.streams.ticked(
            sending: ticks(limits.sendTimeout),
            discarding: ticks(limits.lingerTimeout),
            into: &output
        )
        for id in overdue { lose(id) }
        for exchange in exchanges.values {
            exchange.checkFile()
            checkBodyRate(exchange)
        }
        if let frameDeadline, now >= frameDeadline {
            services.logger.info("A frame did not arrive in time.", metadata: ["client": "\(clientDescription)"])
            loseAll()
            machine.refuseRequests(into: &output)
            send()
            return finish()
        }
        if let farewellDeadline, now >= farewellDeadline { machine.refuseRequests(into: &output) }
        if isIdle {
            if now >= deadline { sayGoodbye() } else if !isInFrame { slim() }
        }
        send()
    }

    private func ticks(_ time: Duration) -> Int { Int(time / services.tickInterval) }

    /// Counts only time in which the client could have sent.
    private func checkBodyRate(_ exchange: ServerExchange) {
        guard exchange.progress != .upgraded, var feed = exchange.feed, !feed.isHeldBack,
            !machine.streams.waitsForContinue(exchange.stream)
        else { return }
        let isTooSlow = feed.isTooSlow(after: services.tickInterval, limits: services.limits)
        exchange.feed = feed
        guard isTooSlow else { return }
        machine.streams.discardBody(of: exchange.stream, into: &output)
        exchange.bodyFailed(.bodyTooSlow)
    }

    private func checkSending(_ now: NIODeadline) {
        guard stage != .closed else { return }
        let isWaiting = !transport.isWritable || stage == .finishing
        let pending = isWaiting ? transport.unsentBytes : 0
        guard stall.hasLasted(services.limits.sendTimeout, pending: pending, at: now) else { return }
        services.logger.debug(
            "The client takes nothing of its answers and is dropped.",
            metadata: ["client": "\(clientDescription)"]
        )
        closeNow()
    }

    var heldBytes: Int {
        let kept = exchanges.values.reduce(0) { $0 &+ ($1.streamed?.heldBytes ?? 0) }
        return LoopContext.connectionBytes &+ kept &+ machine.streams.waitingBytes
            &+ (transport.isWritable ? 0 : transport.unsentBytes)
    }

    func spare(latest: LoopContext.LatestDeadlines) -> SpareConnection? {
        switch stage {
        case .lingering: return .idle
        case .open where isIdle:
            if let frameDeadline { return frameDeadline < latest.head ? .slow : .new }
            return !isNew || deadline < latest.idle ? .idle : .new
        case .open, .finishing, .closed: return nil
        }
    }

    var hasBytesUnderWay: Bool { transport.isSending || (isIdle && transport.hasUnreadInput) }
}
