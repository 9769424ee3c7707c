import Logging
import MartletGateway
import MartletHTTP1
import NIOCore

/// What the loop's tick looks at.
extension HTTP1Connection {
    func tick(_ now: NIODeadline) {
        switch phase {
        case .idle where head != nil:
            // Idle for longer than a moment: the memory is of more use elsewhere.
            shared.giveBack(&head)
        case .idle where now >= deadline && !isSending:
            return finishConnection()
        case .draining where now >= min(deadline, silence):
            return finishConnection(lingers: false)
        case .lingering where now >= min(deadline, silence):
            return closeNow()
        case .lingering where endsWithReset:
            return resetIfTaken()
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

    /// Whether the client has yet to take something that was written.
    var isSending: Bool {
        output != nil || transfer != nil || channel.map { direct?.isFree($0) == false } ?? false
    }

    /// About how much memory is needed for it: its objects, and an answer that is taken slowly.
    var heldBytes: Int {
        guard !isWritable, let channel else { return Self.ownBytes }
        return Self.ownBytes &+ ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
    }

    static let ownBytes = 16_384

    /// The time in which the client could send and did not; what the application does with its own time is its own affair.
    private func checkBodyRate() {
        guard var incoming = body, !incoming.isHeldBack, !incoming.isOver, !exchange.awaitsContinue else { return }
        incoming.waited += shared.tickInterval
        let limits = shared.limits
        let earned = Duration.seconds(incoming.received / max(1, limits.bodyRate))
        if incoming.waited > limits.bodyGrace + earned { incoming.fail(.bodyTooSlow) }
        body = incoming
    }

    private func checkSending(_ now: NIODeadline) {
        guard let channel, phase != .closed else { return }
        if transfer?.isCutShort == true { return fileWasCutShort() }
        let isOverdue = phase == .finishing || (phase == .idle && now >= deadline)
        guard !isWritable || transfer != nil || isOverdue else { return stall.reset() }
        let buffered = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        let pending = buffered &+ (transfer?.remaining ?? 0)
        guard pending > 0 else { return stall.reset() }
        if stall.hasLasted(TimeAmount(shared.limits.sendTimeout), pending: pending, at: now) {
            log(.debug, "The client takes nothing of its answer and is dropped.")
            closeNow()
        }
    }
}
