import Logging
import MartletHTTP1
import NIOCore

/// How a connection ends.
extension HTTP1Connection {
    /// Sends what is to be sent, then closes. Where the client may still be sending, it gets time to read the answer first: a
    /// socket that is closed with unread bytes resets the connection, and the answer with it (RFC 9112 section 9.6).
    ///
    /// - Parameter lingers: false where the client has had that time.
    func finish(lingers: Bool = true) {
        guard stage == .open else { return }
        stage = .finishing
        machine.end()
        let isBusy = machine.mayBeReceiving || inbound.readableBytes > 0
        deadline = .distantFuture
        exchange?.close()
        inbound.clear()
        transport.finish { [self] in
            guard stage == .finishing else { return }
            if endsWithReset, transport.isActive { return waitForReset() }
            guard lingers, transport.isActive, !machine.inputIsClosed, isBusy || transport.hasUnreadInput else {
                return closeNow()
            }
            linger()
            transport.closeOutput()
        }
        updateReading()
    }

    private func linger() {
        stage = .lingering
        deadline = services.deadline(.drain)
        silence = services.deadline(.silence)
    }

    /// A reset lets the system forget what is on its way: it waits until the client's system has all of it.
    private func waitForReset() {
        linger()
        resetIfTaken()
    }

    private func resetIfTaken() {
        if !transport.hasUntakenOutput { closeNow() }
    }

    func closeNow() {
        guard stage != .closed else { return }
        lost()
        if endsWithReset { transport.reset() } else { transport.close() }
    }

    func closeAtOnce() {
        transport.flush()
        closeNow()
    }

    /// One whose request is in the socket already is not idle, and one that came a moment ago has a moment to send it: both would
    /// be reset.
    func refuseNewRequests() {
        machine.isEnding = true
        guard isIdle, !transport.hasUnreadInput else { return }
        if isNew, deadline >= services.deadline(.idle) {
            deadline = min(deadline, .now() + .seconds(1))
        } else {
            finish()
        }
    }

    func lost() {
        guard stage != .closed else { return }
        stage = .closed
        machine.end()
        inbound = ByteBuffer()
        let exchange = exchange
        self.exchange = nil
        exchange?.lose()
    }
}

// MARK: - What the loop's tick looks at

extension HTTP1Connection {
    func tick(_ now: NIODeadline) {
        switch (stage, machine.reading) {
        case (.open, .head(hasBegun: false)) where now >= deadline && !transport.isSending:
            return finish()
        case (.open, .head(hasBegun: false)):
            // Idle for longer than a moment: the memory is of more use elsewhere.
            if exchange != nil, inbound.readableBytes == 0 { services.giveBack(&exchange) }
        case (.open, .head(hasBegun: true)) where now >= deadline:
            refuse(.headTooSlow)
            return process()
        case (.open, .discarding) where now >= min(deadline, silence):
            return finish(lingers: false)
        case (.open, .body):
            checkBodyRate()
        case (.lingering, _) where now >= min(deadline, silence):
            return closeNow()
        case (.lingering, _) where endsWithReset:
            return resetIfTaken()
        default:
            break
        }
        checkSending(now)
    }

    /// The time in which the client could send and did not; what the application does with its own time is its own affair.
    private func checkBodyRate() {
        guard let exchange, var feed = exchange.feed, !feed.isHeldBack, !machine.waitsForContinue else { return }
        let isTooSlow = feed.isTooSlow(after: services.tickInterval, limits: services.limits)
        exchange.feed = feed
        guard isTooSlow else { return }
        machine.breakBody()
        exchange.bodyFailed(.bodyTooSlow)
    }

    private func checkSending(_ now: NIODeadline) {
        guard stage != .closed else { return }
        exchange?.checkFile()
        let isOverdue = stage == .finishing || (machine.isIdle && now >= deadline)
        let isWaiting = !transport.isWritable || exchange?.transfer != nil || isOverdue
        let pending = isWaiting ? transport.unsentBytes &+ (exchange?.unsentBytes ?? 0) : 0
        guard stall.hasLasted(services.limits.sendTimeout, pending: pending, at: now) else { return }
        exchange?.log(.debug, "The client takes nothing of its answer and is dropped.")
        closeNow()
    }

    /// About how much memory is needed for it: its objects, and an answer that is taken slowly.
    var heldBytes: Int {
        let kept = exchange?.streamed?.heldBytes ?? 0
        return LoopContext.connectionBytes &+ kept &+ (transport.isWritable ? 0 : transport.unsentBytes)
    }

    func spare(latest: LoopContext.LatestDeadlines) -> SpareConnection? {
        switch (stage, machine.reading) {
        case (.lingering, _): return .idle
        case (.open, .head(hasBegun: false)):
            // Who came within this tick has had no time to ask yet.
            return inbound.readableBytes > 0 ? nil : !isNew || deadline < latest.idle ? .idle : .new
        case (.open, .head(hasBegun: true)): return deadline < latest.head ? .slow : .new
        case (.open, .discarding): return .slow
        default: return nil
        }
    }

    var hasBytesUnderWay: Bool { transport.isSending || (isIdle && transport.hasUnreadInput) }
}
