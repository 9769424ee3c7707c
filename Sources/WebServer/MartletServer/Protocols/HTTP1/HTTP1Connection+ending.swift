import Logging
import MartletHTTP1
import NIOCore

/// How a connection ends.
extension HTTP1Connection {
    /// Sends what was written, then closes. If the client may still be sending, it gets time to read the answer first:
    /// closing a socket with unread bytes resets the connection, and the answer is lost (RFC 9112 section 9.6).
    ///
    /// - Parameter lingers: false if the client has had that time already.
    func finish(lingers: Bool = true) {
        guard stage == .open else { return }
        stage = .finishing
        machine.end()
        let isBusy = machine.mayBeReceiving || inbound.readableBytes > 0
        deadline = .distantFuture
        exchange?.close()
        inbound = ByteBuffer()
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
        deadline = services.deadline(.linger)
        silence = services.deadline(.silence)
    }

    /// A reset discards what is in flight, so it waits until the client's system has acknowledged everything.
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
        exchange?.record.lostStatus = 503
        closeNow()
    }

    var isBusy: Bool { stage == .open && !machine.isReadingHead || transport.isSending }

    /// A connection with a request in its socket is not idle, and one that has just arrived gets a moment to send its
    /// request: closing would reset both.
    func refuseNewRequests() {
        machine.isEnding = true
        if case .head(hasBegun: true) = machine.reading { deadline = min(deadline, services.deadline(.linger)) }
        guard isIdle, !transport.hasUnreadInput else { return }
        if isNew && deadline >= services.deadline(.idle) || services.isHandedOver {
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
        exchange.take()?.lose()
    }
}

// MARK: - What the loop's tick looks at

extension HTTP1Connection {
    func tick(_ now: NIODeadline) {
        switch (stage, machine.reading) {
        case (.open, .head(hasBegun: false)) where now >= deadline && !transport.isSending:
            return finish()
        case (.open, .head(hasBegun: false)):
            // Idle: the memory is more useful elsewhere.
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

    /// Counts only time in which the client could have sent, not time that the application takes.
    private func checkBodyRate() {
        guard let exchange, var feed = exchange.feed, !feed.isHeldBack, !machine.waitsForContinue else { return }
        let isTooSlow = feed.isTooSlow(after: services.tickInterval, limits: services.limits)
        exchange.feed = feed
        guard isTooSlow else { return }
        machine.breakBody()
        exchange.bodyFailed(RequestFault.bodyTooSlow)
    }

    private func checkSending(_ now: NIODeadline) {
        guard stage != .closed else { return }
        exchange?.checkFile()
        let isOverdue = stage == .finishing || (machine.isIdle && now >= deadline)
        let isWaiting = !transport.isWritable || exchange?.transfer != nil || isOverdue
        let pending = isWaiting ? transport.unsentBytes &+ (exchange?.unsentFileBytes ?? 0) : 0
        guard stall.hasLasted(services.limits.sendTimeout, pending: pending, at: now) else { return }
        exchange?.log(.debug, "The client takes nothing of its answer and is dropped.")
        closeNow()
    }

    /// About how much memory it needs: its objects, and unsent output.
    var heldBytes: Int {
        let kept = exchange?.streamed?.heldBytes ?? 0
        return LoopContext.connectionBytes &+ kept &+ (transport.isWritable ? 0 : transport.unsentBytes)
    }

    func spare(latest: LoopContext.LatestDeadlines) -> SpareConnection? {
        switch (stage, machine.reading) {
        case (.lingering, _): return .idle
        case (.open, .head(hasBegun: false)):
            // A connection from within this tick has had no time to send a request.
            return inbound.readableBytes > 0 ? nil : !isNew || deadline < latest.idle ? .idle : .new
        case (.open, .head(hasBegun: true)): return deadline < latest.head ? .slow : .new
        case (.open, .discarding): return .slow
        default: return nil
        }
    }

    var hasBytesUnderWay: Bool { transport.isSending || (isIdle && transport.hasUnreadInput) }
}
