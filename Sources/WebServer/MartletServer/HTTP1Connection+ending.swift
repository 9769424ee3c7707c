import Glibc
import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// How an exchange and a connection end.
extension HTTP1Connection {
    /// The answer is complete.
    func endExchange() {
        exchange.output = .finished
        task = nil
        writeLogLine()
        body?.stream.fail(CancellationError())
        if !exchange.keepsAlive || body?.isOver == true {
            return finishConnection()
        }
        if var rest = body {
            rest.isHeldBack = false
            rest.received = 0
            body = rest
            phase = .draining
            deadline = shared.deadline(.drain)
            silence = shared.deadline(.silence)
        } else {
            becomeIdle()
        }
        if !willFlush { process() }
    }

    private func becomeIdle() {
        phase = .idle
        deadline = shared.deadline(.idle)
        // A head that was sent before the server began to stop did not say that the connection would end.
        if inputIsClosed || shared.isDraining, inbound.readableBytes == 0 { finishConnection() }
    }

    /// Throws away the rest of a body that the application did not read.
    func discardBody() -> Bool {
        guard var rest = body else {
            becomeIdle()
            return true
        }
        while true {
            switch rest.decoder.next(&inbound) {
            case .data(let chunk):
                silence = shared.deadline(.silence)
                rest.received &+= chunk.readableBytes
                if rest.received > shared.limits.drainBytes {
                    finishConnection()
                    return true
                }
            case .end:
                body = nil
                becomeIdle()
                return true
            case .needsMore:
                body = rest
                if inputIsClosed { finishConnection() }
                return false
            case .fault:
                finishConnection()
                return true
            }
        }
    }

    /// Sends what is to be sent, then closes. Where the client may still be sending, it gets time to read the answer first: a
    /// socket that is closed with unread bytes resets the connection, and the answer with it (RFC 9112 section 9.6).
    ///
    /// - Parameter lingers: false where the client has had that time.
    func finishConnection(lingers: Bool = true) {
        guard phase != .finishing, phase != .lingering, phase != .closed, let context else { return }
        let isBusy = body != nil || inbound.readableBytes > 0 || exchange.isRefused
        phase = .finishing
        deadline = .distantFuture
        body?.stream.fail(CancellationError())
        body = nil
        task = nil
        transfer?.end()
        transfer = nil
        inbound.clear()
        let channel = context.channel
        let sent = context.eventLoop.makePromise(of: Void.self)
        direct?.yieldToChannel()
        context.writeAndFlush(NIOAny(output.take() ?? ByteBuffer()), promise: sent)
        needsFlush = false
        sent.futureResult.assumeIsolated().whenComplete { _ in
            guard self.phase == .finishing else { return }
            if self.endsWithReset, channel.isActive { return self.waitForReset() }
            guard lingers, channel.isActive, !self.inputIsClosed, isBusy || self.direct?.hasUnreadInput == true else {
                return self.closeNow()
            }
            self.phase = .lingering
            self.deadline = self.shared.deadline(.drain)
            self.silence = self.shared.deadline(.silence)
            channel.close(mode: .output, promise: nil)
        }
        updateReading()
    }

    /// Reads without looking, for the client that has yet to read our answer.
    func discardInput() -> Bool {
        guard inbound.readableBytes > 0 else { return false }
        inbound.clear()
        silence = shared.deadline(.silence)
        return false
    }

    /// Ends a broken answer, so that it cannot be taken for a whole one. What was written before is sent.
    func abort() {
        guard phase != .closed else { return }
        writeLogLine()
        if case .streaming(.untilClose) = exchange.output { endsWithReset = true }
        finishConnection()
    }

    /// A reset lets the system forget what is on its way: it waits until the client's system has all of it.
    private func waitForReset() {
        phase = .lingering
        deadline = shared.deadline(.drain)
        silence = shared.deadline(.silence)
        resetIfTaken()
    }

    func resetIfTaken() {
        if direct?.hasUntakenOutput != true { closeNow() }
    }

    func closeNow() {
        guard phase != .closed else { return }
        let context = context
        if endsWithReset {
            _ = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        connectionLost()
        context?.close(promise: nil)
    }

    /// Closes whatever the client is doing, and whatever it has not taken yet.
    func closeAtOnce() {
        flush()
        closeNow()
    }

    /// No new requests: an idle connection closes at once, another one with its next answer. One whose request is in the socket
    /// already is not idle, and one that came a moment ago has a moment to send it: both would be reset.
    func drain() {
        guard isIdle, direct?.hasUnreadInput != true else { return }
        if sequence == 0, deadline >= shared.deadline(.idle) {
            deadline = min(deadline, .now() + .seconds(1))
        } else {
            finishConnection()
        }
    }

    /// The connection is gone: whoever waits for it learns that. Safe to call twice.
    func connectionLost() {
        guard phase != .closed else { return }
        if phase == .exchange, case .waiting = exchange.output {
            // nginx's status for a client that went away before its answer.
            exchange.status = 499
            writeLogLine()
        }
        phase = .closed
        informer?.connection = nil
        // The reason first: what is cancelled knows of none.
        body?.stream.fail(ClientDisconnected())
        body = nil
        task?.cancel()
        task = nil
        pendingRequest = nil
        inbound = ByteBuffer()
        output = nil
        head = nil
        transfer?.end()
        transfer = nil
        resumeWriters()
    }

    func writeLogLine() {
        guard shared.isLogging else { return }
        let entry = AccessLogEntry(
            client: exchange.client ?? clientText,
            head: exchange.hasHead ? head : nil,
            line: exchange.line,
            status: exchange.status,
            bytes: exchange.sentBytes,
            connection: facts?.number ?? 0,
            sequence: sequence,
            started: exchange.started
        )
        shared.logLines?.append(entry, second: shared.second)
    }
}
