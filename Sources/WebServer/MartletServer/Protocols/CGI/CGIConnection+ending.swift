import Logging
import MartletCGI
import MartletHTTP1
import NIOCore

/// How a connection ends.
extension CGIConnection {
    /// Sends what was written, then closes. A peer that may still be sending gets time to read the answer first: a socket that
    /// is closed with unread bytes is reset, and the answer with it.
    func finish(mayBeReceiving: Bool = false) {
        guard stage == .open else { return }
        stage = .finishing
        machine.end()
        let isBusy = mayBeReceiving || inbound.readableBytes > 0
        deadline = .distantFuture
        exchange?.close()
        inbound = ByteBuffer()
        transport.finish { [self] in
            guard stage == .finishing else { return }
            if endsWithReset, transport.isActive { return waitForReset() }
            guard transport.isActive, !machine.inputIsClosed, isBusy || transport.hasUnreadInput else {
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

    /// A reset discards what is in flight, so it waits until the peer's system has acknowledged everything.
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

    /// A connection that has just arrived gets a moment to send its request: closing would reset it.
    func refuseNewRequests() {
        if machine.isReadingHead, !machine.isIdle { deadline = min(deadline, services.deadline(.linger)) }
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

extension CGIConnection {
    func tick(_ now: NIODeadline) {
        switch stage {
        case .open where machine.isIdle:
            if now >= deadline, !transport.isSending { return finish() }
            // Idle: the memory is more useful elsewhere.
            if exchange != nil, inbound.readableBytes == 0 { services.giveBack(&exchange) }
        case .open where machine.isReadingHead && now >= deadline:
            refuse(.http(.headTooSlow))
            return process()
        case .open where machine.isReadingBody: checkBodyRate()
        case .lingering where now >= min(deadline, silence): return closeNow()
        case .lingering where endsWithReset: return resetIfTaken()
        case .open, .finishing, .lingering, .closed: break
        }
        checkSending(now)
    }

    /// Counts only time in which the peer could have sent, not time that the application takes.
    private func checkBodyRate() {
        guard let exchange, var feed = exchange.feed, !feed.isHeldBack else { return }
        let isTooSlow = feed.isTooSlow(after: services.tickInterval, limits: services.limits)
        exchange.feed = feed
        guard isTooSlow else { return }
        machine.breakBody()
        exchange.bodyFailed(RequestFault.bodyTooSlow)
    }

    private func checkSending(_ now: NIODeadline) {
        guard stage != .closed else { return }
        exchange?.checkFile()
        let isWaiting = !transport.isWritable || exchange?.transfer != nil || stage == .finishing
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
        switch stage {
        case .lingering: return .idle
        case .open where machine.isIdle:
            // A connection from within this tick has had no time to send a request.
            return inbound.readableBytes > 0 ? nil : !isNew || deadline < latest.idle ? .idle : .new
        case .open where machine.isReadingHead: return deadline < latest.head ? .slow : .new
        case .open, .finishing, .closed: return nil
        }
    }

    var hasBytesUnderWay: Bool { transport.isSending || (isIdle && transport.hasUnreadInput) }
}
