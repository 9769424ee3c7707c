internal import CMartletWorker
internal import MartletGateway

/// The server's own account of one slot. Used on the lane's event loop only.
final class Slot: @unchecked Sendable {
    let index: UInt32
    let shared: UnsafeMutablePointer<martlet_slot>
    let headArea: UnsafeMutableRawPointer
    let requestRing: UnsafeMutableRawPointer
    let responseRing: UnsafeMutableRawPointer

    /// Goes up with each use.
    var generation: UInt32 = 0
    var isInUse = false
    /// Nobody waits for the answer any more; the slot is free once the worker is done with it.
    var isAbandoned = false
    /// The worker that had it has died, or has broken the rules.
    var isLost = false
    /// How the worker that had it ended, where it has.
    var loss: LostWorker?
    /// Places of workers that may still write to the slot against the rules: it is not used again before they are gone.
    var awaitedDeaths: Set<Int> = []
    /// Where its entry stands in the queue.
    var queuePosition: UInt64 = 0
    /// Why the body ended early, where it did.
    var bodyError: (any Error)?
    var bodyWritten: UInt64 = 0
    var responseConsumed: UInt64 = 0
    /// What the worker has handed over on the passage.
    var passed = Passed()
    /// The server answers itself: the request has waited, or taken, too long.
    var verdict: Verdict?
    /// When it was published, in ticks of the lane; and when its thread was interrupted.
    var publishedTick: UInt32 = 0
    var interruptedTick: UInt32?
    var isStackLogged = false
    /// Feeds the request's body.
    var pump: Task<Void, Never>?
    enum Verdict {
        case waitedTooLong
        case tookTooLong
    }

    private var responseWaiter: UnsafeContinuation<Void, Never>?
    private var roomWaiter: UnsafeContinuation<Void, Never>?

    init(index: UInt32, memory: SharedMemory) {
        self.index = index
        shared = memory.slot(index)
        headArea = memory.headArea(index)
        requestRing = memory.requestRing(index)
        responseRing = memory.responseRing(index)
    }

    /// What stands in the queue for it.
    var entry: UInt64 { UInt64(generation) << 32 | UInt64(index) }

    var phase: UInt32 { martlet_load32(&shared.pointee.response_phase) }

    /// The worker will not touch the slot again.
    var isFinished: Bool { isLost || phase >= UInt32(MARTLET_RESPONSE_COMPLETE.rawValue) }

    /// Returns at the next sign of the worker about this slot, or at once where the slot is lost. May return for nothing.
    func nextSign() async {
        guard !isLost else { return }
        await withUnsafeContinuation { responseWaiter = $0 }
    }

    /// As ``nextSign()``, for whoever feeds the body.
    func nextRoom() async {
        guard isInUse, !isLost else { return }
        await withUnsafeContinuation { roomWaiter = $0 }
    }

    /// Resumes whoever waits.
    func sign() {
        let (response, room) = (responseWaiter, roomWaiter)
        responseWaiter = nil
        roomWaiter = nil
        response?.resume()
        room?.resume()
    }

    /// Lets the worker's thread look again, where it sleeps on this slot.
    func wakeWorker() {
        _ = martlet_add32(&shared.pointee.wake, 1)
        if martlet_load32(&shared.pointee.waiting) != 0 { martlet_futex_wake(&shared.pointee.wake, 1) }
    }
}
