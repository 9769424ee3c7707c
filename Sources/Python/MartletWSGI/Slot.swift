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
    /// Places of workers that may still write to the slot against the rules: it is not used again before they are gone.
    var awaitedDeaths: Set<Int> = []
    /// The server has taken its request back: no worker has it, or will.
    var isWithdrawn = false
    /// Where its entry stands in the queue.
    var queuePosition: UInt64 = 0
    /// The worker says that it has read more of the body than there was.
    var hasBrokenRules = false
    /// How that worker ended, where it is known.
    var end: WorkerEnd?
    /// The method is HEAD.
    var isHead = false
    /// Why the body ended early, where it did.
    var bodyError: (any Error)?
    var bodyWritten: UInt64 = 0
    /// What of the request's body goes to the worker when the application asks for it.
    var unfed: TakenBody?
    /// Some of it may still be with the client.
    var isBodyOpen = false
    /// The client is read from whether the application asks or not: see ``takeInAhead()``.
    var takesInAhead = false
    var responseConsumed: UInt64 = 0
    /// How often the client was sent something of a streamed answer, and whether it is being sent something now.
    var writes: UInt32 = 0
    var isWriting = false
    /// A timer looks at that.
    var isWatched = false
    /// What the worker has handed over on its socket.
    var handedOver = HandedOver()
    /// The server answers itself: the request has waited, or taken, too long.
    var verdict: Verdict?
    /// When it was published, in ticks of the lane; and when its thread was interrupted.
    var publishedTick: UInt32 = 0
    var interruptedTick: UInt32?
    var isStackLogged = false
    /// Feeds the request's body.
    var pump: Task<Void, Never>?
    /// Where the answer goes. It is kept until the slot is given back.
    var exchange: (any Exchange)?
    /// The answer has begun, or the server has answered by itself.
    var isAnswered = false

    enum Verdict {
        case waitedTooLong
        case tookTooLong
    }

    unowned let lane: Lane
    private var responseWaiter: UnsafeContinuation<Void, Never>?
    private var roomWaiter: UnsafeContinuation<Void, Never>?

    init(index: UInt32, lane: Lane, memory: SharedMemory) {
        self.index = index
        self.lane = lane
        shared = memory.slot(index)
        headArea = memory.headArea(index)
        requestRing = memory.requestRing(index)
        responseRing = memory.responseRing(index)
    }

    /// What stands in the queue for it.
    var entry: UInt64 { UInt64(generation) << 32 | UInt64(index) }

    /// What the server answers by itself because of the body. A client that has left off is the application's to answer, which may
    /// have had enough of it.
    var bodyRefusal: (any ResponseError)? { bodyError is IncompleteBody ? nil : bodyError as? any ResponseError }

    var phase: UInt32 { martlet_load32(&shared.pointee.response_phase) }

    /// The worker will not touch the slot again.
    var isFinished: Bool { isLost || Self.isLast(phase) }

    private static func isLast(_ phase: UInt32) -> Bool {
        phase == UInt32(MARTLET_RESPONSE_COMPLETE.rawValue) || phase == UInt32(MARTLET_RESPONSE_ABORTED.rawValue)
    }

    /// A phase that there is not: the worker has broken the rules.
    static func isUnknown(_ phase: UInt32) -> Bool { phase > UInt32(MARTLET_RESPONSE_ABORTED.rawValue) }

    /// What the worker has left in the slot cannot be.
    var isBroken: Bool { hasBrokenRules || Self.isUnknown(phase) }

    /// The client is not there any more, rather than just done with sending.
    var hasLostClient: Bool { exchange?.isLost ?? false }

    /// Waits until the worker changes the slot; returns at once where the slot is lost. Wake-ups may be spurious.
    func nextChange() async {
        guard !isLost else { return }
        await withUnsafeContinuation { responseWaiter = $0 }
    }

    /// Waits until there may be room for more of the body; as ``nextChange()`` otherwise.
    func nextRoom() async {
        guard isInUse, !isLost else { return }
        await withUnsafeContinuation { roomWaiter = $0 }
    }

    /// Something about the slot has changed: whoever waits for that looks again.
    func noteChange() {
        let response = responseWaiter
        responseWaiter = nil
        response?.resume()
        wakeBodyFeeder()
        guard isInUse else {
            // Given back: a body that nobody has read may hold a file.
            unfed = nil
            exchange = nil
            return
        }
        feedIfWanted()
        if !isAnswered { lane.answer(slot: self) }
    }

    func wakeBodyFeeder() {
        let room = roomWaiter
        roomWaiter = nil
        room?.resume()
    }

    /// Lets the worker's threads look again, where they sleep on this slot. There may be several: one reads, another writes.
    func wakeWorker() {
        _ = martlet_add32(&shared.pointee.wake, 1)
        if martlet_load32(&shared.pointee.waiting) != 0 { martlet_futex_wake(&shared.pointee.wake, Int32.max) }
    }
}
