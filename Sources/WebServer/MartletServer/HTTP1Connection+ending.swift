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
        if !exchange.keepsAlive || body?.hasFailed == true {
            return finishConnection()
        }
        if var rest = body {
            rest.isHeldBack = false
            rest.received = 0
            body = rest
            phase = .draining
            deadline = shared.deadline(.drain)
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
                if inputIsClosed { closeNow() }
                return false
            case .fault:
                finishConnection()
                return true
            }
        }
    }

    /// Sends what is to be sent, then closes. Where the client may still be sending, it gets time to read the answer first: a
    /// socket that is closed with unread bytes resets the connection, and the answer with it (RFC 9112 section 9.6).
    func finishConnection() {
        guard phase != .lingering, phase != .closed, let context else { return }
        let clientMaySend = !inputIsClosed && (body != nil || inbound.readableBytes > 0 || exchange.status >= 400)
        phase = .lingering
        deadline = .distantFuture
        body = nil
        task = nil
        inbound.clear()
        lingeringBytes = 0
        let channel = context.channel
        let sent = context.eventLoop.makePromise(of: Void.self)
        direct?.yieldToChannel()
        context.writeAndFlush(NIOAny(output.take() ?? ByteBuffer()), promise: sent)
        needsFlush = false
        sent.futureResult.assumeIsolated().whenComplete { _ in
            guard clientMaySend, channel.isActive, !self.inputIsClosed else { return self.closeNow() }
            self.deadline = self.shared.deadline(.drain)
            channel.close(mode: .output, promise: nil)
        }
        updateReading()
    }

    /// Reads without looking, for the client that has yet to read our answer.
    func discardInput() -> Bool {
        lingeringBytes &+= inbound.readableBytes
        inbound.clear()
        if lingeringBytes > 1_048_576 { closeNow() }
        return false
    }

    /// Ends a broken answer, so that it cannot be taken for a whole one.
    func abort() {
        guard phase != .closed, let context else { return }
        if case .streaming(.untilClose) = exchange.output {
            // Here a normal close would say: that was all. A reset does not.
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        } else {
            flush()
        }
        writeLogLine()
        closeNow()
    }

    func closeNow() {
        guard phase != .closed else { return }
        let context = context
        connectionLost()
        context?.close(promise: nil)
    }

    /// No new requests: an idle connection closes at once, another one with its next answer. One whose request is in the socket
    /// already is not idle, and one that came a moment ago has a moment to send it: both would be reset.
    func drain() {
        guard isIdle, direct?.hasUnreadInput != true else { return }
        if sequence == 0, deadline >= shared.deadline(.idle) {
            deadline = min(deadline, .now() + .seconds(1))
        } else {
            closeNow()
        }
    }

    /// The client has closed its half. A request that is complete still gets its answer, if one comes.
    func inputClosed() {
        inputIsClosed = true
        switch phase {
        case .idle where inbound.readableBytes == 0, .head, .lingering, .draining:
            closeNow()
        case .idle:
            process()
        case .exchange, .upgraded:
            process()
            task?.cancel()
        case .closed:
            break
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
        task?.cancel()
        task = nil
        pendingRequest = nil
        body?.stream.fail(ClientDisconnected())
        body = nil
        inbound = ByteBuffer()
        output = nil
        head = nil
        transfer?.end()
        transfer = nil
        resumeWriters()
    }

    private func writeLogLine() {
        guard shared.isLogging else { return }
        let entry = AccessLogEntry(
            client: exchange.client ?? clientText,
            head: exchange.hasHead ? head : nil,
            status: exchange.status,
            bytes: exchange.sentBytes,
            connection: facts?.number ?? 0,
            sequence: sequence,
            started: exchange.started
        )
        shared.logLines?.append(entry, second: shared.second)
    }
}

// MARK: - Deadlines

extension HTTP1Connection {
    func tick(_ now: NIODeadline) {
        switch phase {
        case .idle where head != nil:
            // Idle for longer than a moment: the memory is of more use elsewhere.
            shared.giveBack(&head)
        case .idle where now >= deadline, .draining where now >= deadline, .lingering where now >= deadline:
            return closeNow()
        case .head where now >= deadline:
            refuse(.headTooSlow)
            return process()
        case .exchange:
            checkBodyRate()
        default:
            break
        }
        checkSending(now)
    }

    /// The time in which the client could send and did not; what the application does with its own time is its own affair.
    private func checkBodyRate() {
        guard var incoming = body, !incoming.isHeldBack, !incoming.hasFailed, !exchange.awaitsContinue else { return }
        incoming.waited += shared.tickInterval
        let limits = shared.limits
        let earned = Duration.seconds(incoming.received / max(1, limits.bodyRate))
        if incoming.waited > limits.bodyGrace + earned {
            incoming.hasFailed = true
            body = incoming
            incoming.stream.fail(RequestFault.bodyTooSlow)
        } else {
            body = incoming
        }
    }

    private func checkSending(_ now: NIODeadline) {
        guard let channel, phase != .closed else { return }
        if transfer?.isCutShort == true { return fileWasCutShort() }
        guard !isWritable || transfer != nil || phase == .lingering else { return stall.reset() }
        let buffered = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let pending = buffered &+ (transfer?.remaining ?? 0)
        guard pending > 0 else { return stall.reset() }
        if stall.hasLasted(TimeAmount(shared.limits.sendTimeout), pending: pending, at: now) {
            log(.debug, "The client takes nothing of its answer and is dropped.")
            closeNow()
        }
    }
}
