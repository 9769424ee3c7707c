internal import CMartletWorker

/// The slot that a thread has from the server, for one request at a time.
///
/// 1. After ``finish(_:)`` the slot belongs to the server again: nothing touches it any more.
/// 2. Other threads of the application may come in by `wsgi.input`, `write` and their like whenever the GIL is released. So
///    whoever had to wait looks at ``isOpen(since:)`` again, and only ``SlotWaiters`` use the slot without the GIL.
final class HeldSlot {
    let worker: Worker
    /// Goes up when a request begins and when it ends: handles of former ones no longer fit.
    private(set) var epoch: UInt64 = 0
    private(set) var index: UInt32 = 0
    private(set) var shared: UnsafeMutablePointer<martlet_slot>
    /// The slot still belongs to this request.
    private(set) var isOpen = false
    /// The response was given back whole; what comes now is beyond it.
    private(set) var isWhole = false
    let output: ResponseWriter
    var timeLimit = TimeLimit()
    private let waiters = SlotWaiters()
    private var answers: AnswerBatch

    init(worker: Worker) {
        self.worker = worker
        shared = worker.region.slot(0)
        output = ResponseWriter(region: worker.region)
        answers = AnswerBatch(worker: worker)
    }

    /// The server has given the thread another request.
    func begin(_ index: UInt32) {
        epoch &+= 1
        self.index = index
        shared = worker.region.slot(index)
        isOpen = true
        isWhole = false
        waiters.begin()
        output.begin(slot: shared, ring: worker.region.responseRing(index))
        timeLimit.begin()
        answers.requestBegins(slot: index)
    }

    /// The application is done with the request.
    func end() {
        epoch &+= 1
        _ = martlet_add64(&worker.record.pointee.served, 1)
    }

    /// Gives the slot back.
    func finish(_ phase: martlet_response_phase) {
        guard isOpen else { return }
        isOpen = false
        isWhole = phase == MARTLET_RESPONSE_COMPLETE
        // Its time limit has no meaning any more, and must not hit what comes after the answer.
        timeLimit.end()
        waiters.sendAway(shared)
        output.publish(phase)
        answers.add(slot: index)
    }

    /// Whether the slot is still the request's that it was when the epoch was asked for.
    func isOpen(since epoch: UInt64) -> Bool { isOpen && epoch == self.epoch }

    /// Whether this is the request that the server means, by how many times the slot has been used.
    func isWorking(slot: Int, use: Int) -> Bool {
        guard timeLimit.isRunning, Int(index) == slot else { return false }
        return Int(self.use) == use
    }

    /// How many times the slot has been used, as the server counts.
    var use: UInt32 { UInt32(truncatingIfNeeded: martlet_load64(&shared.pointee.claim) >> 32) }

    // MARK: - The server

    /// Sends what is in the ring, while more may come.
    func publishPart() {
        output.publish(MARTLET_RESPONSE_STREAMING)
        signal()
    }

    /// Has the server look at this slot.
    func signal() {
        worker.signal(slot: index)
    }

    /// Has the server look at the answers that it was not woken for.
    func flushAnswers() {
        answers.flush()
    }

    /// See ``SlotWaiters/wait(on:until:evenIfCancelled:)``.
    func wait(until isReady: () -> Bool, evenIfCancelled: Bool = false) -> SlotWaiters.Outcome {
        waiters.wait(on: shared, until: isReady, evenIfCancelled: evenIfCancelled)
    }
}
