internal import CMartletWorker
internal import Glibc
internal import Logging
internal import MartletControl
import Synchronization

// What workers are replaced or interrupted for: age, number of requests, memory, requests that take too long.
extension WorkerPool {
    /// Looks at the limits four times a second, where there are any.
    func startMonitor() {
        guard configuration.maximumLifetime != nil || configuration.maximumMemory != nil else { return }
        Task { [weak self] in
            while let pool = self, !pool.waiters.isStopped {
                pool.checkLimits()
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    private func checkLimits() {
        for worker in workers {
            if now >= worker.limits.expiry {
                recycle(worker.id, because: "it has reached its age")
            } else if let limit = configuration.maximumMemory {
                let memory = worker.process.privateMemory
                if memory > limit { recycle(worker.id, because: "it uses \(memory >> 20) MB of memory") }
            }
        }
    }

    private func recycle(_ id: WorkerID, because reason: String, grace: Duration? = nil) {
        tell(.recycle(id, PoolMachine.Recycling(reason: reason, grace: grace)))
    }

    /// The worker and the thread that have a slot, where the slot says so; `nil` where nobody has it.
    func owner(of slot: Slot) -> (place: Int, thread: Int)? {
        let claim = UInt32(truncatingIfNeeded: martlet_load64(&slot.shared.pointee.claim))
        guard claim & MARTLET_CLAIM_TAKEN != 0 else { return nil }
        let place = Int(claim & ~MARTLET_CLAIM_TAKEN) >> 16
        return place < configuration.workers * 2 ? (place, Int(claim & 0xFFFF)) : nil
    }

    /// Asks for an exception in the thread that works on a slot.
    func interrupt(_ slot: Slot) {
        guard let owner = owner(of: slot) else { return }
        process(of: owner.place)?.send(.interrupt(WorkerCommand.Request(slot, of: owner.thread)))
    }

    /// Asks for the Python stack of the thread that works on a slot, to the log.
    func logStack(of slot: Slot, age: Duration) {
        guard let owner = owner(of: slot) else { return }
        let request = RequestInFlight(slot, age: age)
        process(of: owner.place)?.send(
            .writeStack(
                WorkerCommand.Request(slot, of: owner.thread),
                seconds: Int(age.components.seconds),
                id: request.id,
                line: request.line
            )
        )
    }

    /// The exception did not help: the worker goes. Asked for again until it has gone.
    func replaceStuck(_ slot: Slot) {
        guard !hasDebugger, let owner = owner(of: slot), let worker = worker(in: owner.place) else { return }
        recycle(worker.id, because: "a request did not yield to its time limit", grace: .seconds(5))
    }

    /// What a slot says cannot be: its request is lost, and the slot is kept out of use until whoever may still write to it is gone.
    ///
    /// The worker that has the slot is killed. Where the slot does not say who that is, all workers are replaced.
    func condemn(_ slot: Slot) {
        slot.isLost = true
        let suspects = machine.withLock { $0.processes.occupied }
        if let owner = owner(of: slot), suspects.contains(owner.place) {
            slot.awaitedDeaths = [owner.place]
            logger.error("worker \(owner.place + 1) is ended: it broke the rules of the shared memory")
            process(of: owner.place)?.kill()
        } else {
            slot.awaitedDeaths = suspects
            logger.error("the shared memory was overwritten; all workers are replaced")
            for worker in workers {
                recycle(worker.id, because: "the shared memory was overwritten", grace: .seconds(5))
            }
        }
    }
}

/// When a worker is replaced: up to a tenth later than configured, so that not all are replaced at once.
struct WorkerLimits: Sendable {
    /// How many requests it takes; 0 for any number. The worker counts by itself.
    var requests = 0
    var expiry = Duration.seconds(Int64.max)

    init(_ configuration: PythonConfiguration, now: Duration) {
        if let requests = configuration.maximumRequests {
            self.requests = min(requests, Int.max / 2) + Int.random(in: 0...(requests / 10))
        }
        if let lifetime = configuration.maximumLifetime { expiry = now + lifetime * Double.random(in: 1...1.1) }
    }
}

extension WorkerCommand.Request {
    fileprivate init(_ slot: Slot, of thread: Int) {
        self.init(thread: thread, slot: Int(slot.index), use: Int(slot.generation))
    }
}
