import Logging
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// How a connection ends.
extension HTTP2Connection {
    /// No further requests, and nothing to answer: closes.
    func finishIfDone() {
        guard isIdle, output.readableBytes == 0 else { return }
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
        inbound = ByteBuffer()
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
    func sayGoodbye() {
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
        inbound = ByteBuffer()
        output = ByteBuffer()
        loseAll()
        // Those that are over hold this connection until then.
        requests.giveBack(to: services)
        requests.slim(services)
    }

    var coverage: (any TLSCoverage)? { requests.coverage }

    var isBusy: Bool { stage == .open && !isIdle || transport.isSending }

    /// In two steps (RFC 9113 section 6.8): first the client is told to send no further requests, and those that it has sent
    /// are served; when it has read that, it is told which of them was the last.
    func refuseNewRequests() {
        guard stage == .open, !isEnding else { return }
        isEnding = true
        let moment = NIODeadline.now() + .seconds(1)
        guard machine.hasBegun else { return deadline = min(deadline, moment) }
        watch.expectFarewell(by: moment)
        machine.sayFarewell(into: &output)
        sendSoon()
    }
}

// MARK: - What the loop asks for

extension HTTP2Connection {
    func tick(_ now: NIODeadline) { watch.tick(self, now) }

    var heldBytes: Int { watch.heldBytes(of: self) }

    func spare(latest: LoopContext.LatestDeadlines) -> SpareConnection? { watch.spare(self, latest) }

    var hasBytesUnderWay: Bool { transport.isSending || (isIdle && transport.hasUnreadInput) }
}
