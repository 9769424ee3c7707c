internal import CMartletWorker
internal import Logging
internal import MartletGateway
internal import NIOCore

/// The time limits of requests. A lane shows it every request in flight once a tick.
///
/// 1. One that no worker has claimed within the queue's limit is taken back and answered with 503; one whose client is gone is
///    taken back, where its exchange has not told.
/// 2. One whose response has not begun within the request's limit is answered with 504, and its thread is interrupted by an
///    exception. A slot that nobody waits for any more has the same time to be given back.
/// 3. A thread that has not yielded five seconds later, because it is in a call of C, costs its worker: a new one starts, and
///    the old one is killed.
/// 4. One that is slow is logged once with the Python stack of the moment.
/// 5. One whose place in the queue, or whose slot, a worker has overwritten is found here, as nobody else would.
final class RequestWatch: @unchecked Sendable {
    static let tickMilliseconds: Int64 = 250
    static let tick = TimeAmount.milliseconds(tickMilliseconds)
    /// uWSGI's `harakiri` kills at once; mod_wsgi tries an exception first, as here.
    private static let yieldingTicks: UInt32 = 20

    /// Idle workers take a request within a millisecond; where none is idle a look at the queue does no harm.
    private static let overdueTicks: UInt32 = 2

    private let queueTicks: UInt32?
    private let requestTicks: UInt32?
    private let slowTicks: UInt32?
    /// Set once, before the first request.
    weak var supervisor: (any LaneSupervisor)?

    init(_ configuration: PythonConfiguration) {
        queueTicks = configuration.queueTimeout.map(Self.ticks)
        requestTicks = configuration.requestTimeout.map(Self.ticks)
        slowTicks = configuration.slowRequest.map(Self.ticks)
    }

    private static func ticks(_ duration: Duration) -> UInt32 {
        UInt32(min((duration / .milliseconds(tickMilliseconds)).rounded(.up), 1e9)) + 1
    }

    func hasWaitedTooLong(_ age: UInt32) -> Bool { queueTicks.map { age >= $0 } ?? false }

    func look(at slot: Slot, in lane: Lane) {
        let age = lane.tick &- slot.publishedTick
        let claim = martlet_load64(&slot.shared.pointee.claim)
        guard !slot.isLost else { return }
        // A worker that wrote nonsense need not have told anyone.
        guard lane.isPlausible(claim, of: slot), !slot.isBroken else {
            supervisor?.condemn(slot)
            return slot.isAbandoned ? lane.release(slot) : slot.noteChange()
        }
        if UInt32(truncatingIfNeeded: claim) == UInt32(MARTLET_CLAIM_READY) {
            if slot.hasLostClient { return slot.clientIsLost() }
            guard hasWaitedTooLong(age) else { return age >= Self.overdueTicks ? lane.restore(slot) : () }
            guard lane.withdraw(slot) else { return }
            slot.verdict = .waitedTooLong
            return slot.noteChange()
        }
        // Reads of the body fail then, and an iteration that gives nothing ends.
        if slot.hasLostClient, !slot.isFinished { lane.cancel(slot) }
        // A WebSocket lasts as long as it lasts.
        let hasNotBegun = slot.phase == 0 && !slot.handedOver.isUpgraded
        guard hasNotBegun || slot.isAbandoned, !slot.isFinished else { return }
        if let slowTicks, age >= slowTicks, !slot.isStackLogged {
            slot.isStackLogged = true
            supervisor?.logStack(of: slot, age: .milliseconds(Int64(age) * Self.tickMilliseconds))
        }
        if supervisor?.hasDebugger == true { return }
        if let interrupted = slot.interruptedTick {
            let ticks = lane.tick &- interrupted
            if ticks > 0, ticks % Self.yieldingTicks == 0 { supervisor?.replaceStuck(slot) }
        } else if let requestTicks, age >= requestTicks {
            slot.interruptedTick = lane.tick
            supervisor?.interrupt(slot)
            slot.verdict = .tookTooLong
            slot.noteChange()
        }
    }
}
