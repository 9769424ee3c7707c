internal import CMartletWorker
internal import Glibc
internal import Logging
internal import NIOCore
import Synchronization

// What workers are replaced or interrupted for: age, number of requests, memory, requests that take too long.
extension WorkerPool {
    /// Draws when this worker is too old: up to a tenth more than configured, so that not all are replaced at once.
    func setLimits(_ place: inout WorkerPlace) {
        if let lifetime = configuration.maximumLifetime {
            let nanoseconds = Int64(min(lifetime / .nanoseconds(1), 1e18))
            place.expiresAt = .now() + .nanoseconds(nanoseconds + Int64.random(in: 0...max(1, nanoseconds / 10)))
        }
    }

    /// Looks at the limits four times a second, where there are any.
    func startMonitor() {
        state.withLock { $0.isMonitored = true }
        guard
            configuration.maximumRequests != nil || configuration.maximumLifetime != nil
                || configuration.maximumMemory != nil
        else { return }
        lanes.first?.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(250), delay: .milliseconds(250)) {
            [weak self] task in
            guard let self, !self.state.withLock({ $0.isStopping }) else { return task.cancel() }
            self.checkLimits()
        }
    }

    private func checkLimits() {
        let workers = state.withLock { state in
            state.places.enumerated().filter { $0.element.stage == .ready && !$0.element.isBeingReplaced }
        }
        for (index, place) in workers {
            if place.count != .within {
                replaceAtItsLimit(index)
            } else if NIODeadline.now() >= place.expiresAt {
                recycle(index, because: "it has reached its age")
            } else if let limit = configuration.maximumMemory, let process = place.process {
                let memory = process.privateMemory
                if memory > limit { recycle(index, because: "it uses \(memory >> 20) MB of memory") }
            }
        }
    }

    /// The worker and the thread that have a slot, where the slot says so; `nil` where nobody has it.
    func owner(of slot: Slot) -> (place: Int, thread: Int)? {
        let claim = UInt32(truncatingIfNeeded: martlet_load64(&slot.shared.pointee.claim))
        guard claim & MARTLET_CLAIM_TAKEN != 0 else { return nil }
        let place = Int(claim & ~MARTLET_CLAIM_TAKEN) >> 16
        return place < seats * 2 ? (place, Int(claim & 0xFFFF)) : nil
    }

    private func process(of place: Int) -> WorkerProcess? {
        state.withLock { $0.places[place].process }
    }

    /// Asks for an exception in the thread that works on a slot.
    func interrupt(_ slot: Slot) {
        guard let owner = owner(of: slot) else { return }
        process(of: owner.place)?.send("T \(owner.thread) \(slot.index) \(slot.generation)")
    }

    /// Asks for the Python stack of the thread that works on a slot, to the log.
    func logStack(of slot: Slot, age: Duration) {
        guard let owner = owner(of: slot) else { return }
        let request = RequestInFlight(slot, age: age)
        process(of: owner.place)?.send(
            "D \(owner.thread) \(slot.index) \(slot.generation) \(age.components.seconds) \(request.id) \(request.line)"
        )
    }

    /// The exception did not help: the worker goes.
    func replaceStuck(_ slot: Slot) {
        guard !hasDebugger, let owner = owner(of: slot) else { return }
        recycle(owner.place, because: "a request did not yield to its time limit", grace: .seconds(5))
    }

    /// Ends the worker that has a slot, where the slot says who that is.
    func end(workerOf slot: Slot, because reason: String) {
        guard let owner = owner(of: slot) else { return }
        logger.error("worker \(owner.place + 1) is ended: \(reason)")
        process(of: owner.place)?.kill(SIGKILL)
    }
}
