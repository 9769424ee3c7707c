internal import CMartletWorker

/// Answers that the event loop has not been woken for yet.
///
/// Where server and worker share a processor, each wake-up costs two switches and cold caches. An answer is therefore held
/// back while the next request is there already and requests have been short; the event loop sees it when it wakes for
/// anything else, and looks by itself within two milliseconds while several requests are in flight. On a processor of its
/// own the event loop is woken at once. `docs/decisions` has the figures.
struct AnswerBatch {
    /// More would let the clients of the first answers idle.
    private static let limit = 128
    /// Requests that take longer on average are not worth the wait, in nanoseconds.
    private static let shortRequest: UInt64 = 300_000

    private let worker: Worker
    private var lane = 0
    private var count = 0
    private var average: UInt64 = 1_000_000
    private var began: UInt64 = 0

    init(worker: Worker) {
        self.worker = worker
    }

    /// The thread begins with another request. Only an event loop that waits for this one too looks by itself.
    mutating func requestBegins(slot: UInt32) {
        if count > 0 && Int(slot) / MARTLET_LANE_SLOTS != lane { flush() }
        began = martlet_clock()
    }

    /// An answer is whole.
    mutating func add(slot: UInt32) {
        worker.mark(slot: slot)
        average = (average * 7 + (martlet_clock() &- began)) / 8
        let lane = Int(slot) / MARTLET_LANE_SLOTS
        if count > 0 && lane != self.lane { flush() }
        self.lane = lane
        count += 1
        let mayWait =
            count < Self.limit && average < Self.shortRequest && worker.hasWaitingRequests
            && worker.sharesProcessor(withLane: lane)
        if !mayWait { flush() }
    }

    /// Wakes the event loop for what is held back.
    mutating func flush() {
        guard count > 0 else { return }
        count = 0
        worker.wake(lane: lane)
    }
}
