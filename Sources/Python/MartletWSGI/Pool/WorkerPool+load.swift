internal import CMartletWorker
internal import Logging

// How much there is to do, for a pool whose number of workers follows that.
extension WorkerPool {
    /// Well below ``PoolScaling/patience``.
    private static let interval = Duration.milliseconds(50)

    /// Tells the machine of the load again and again, where it has something to decide.
    func startMeasuring() {
        let scaling = configuration.scaling
        guard scaling.least < scaling.most else { return }
        Task { [weak self] in
            var clock = QueueClock()
            while let pool = self, !pool.waiters.isStopped {
                pool.tell(.load(pool.load(&clock)))
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    private func load(_ clock: inout QueueClock) -> PoolScaling.Load {
        let (taken, pushed) = queue.positions
        let waited = clock.waited(taken: taken, pushed: pushed, at: now)
        var load = PoolScaling.Load(waiting: queue.depth, waited: waited)
        for worker in workers where worker.process.isReady {
            // Who does not sleep works. It is the worker's own word, and decides about no more than the number of workers.
            let sleepers = Int(martlet_load32(&memory.worker(worker.id.place).pointee.sleepers))
            load.busy[worker.id.place] = max(0, configuration.threads - sleepers)
        }
        return load
    }
}

/// Tells from how far a queue has come how long its first request has waited at least, without looking at requests.
struct QueueClock: Sendable {
    /// When the queue was this long; what stands before it has waited since then.
    private var mark: (position: UInt64, time: Duration)?

    /// - Parameters:
    ///   - taken: how many requests workers have taken since the start.
    ///   - pushed: how many there have been.
    mutating func waited(taken: UInt64, pushed: UInt64, at now: Duration) -> Duration {
        guard taken < pushed else {
            mark = nil
            return .zero
        }
        if let mark, taken < mark.position { return now - mark.time }
        mark = (pushed, now)
        return .zero
    }
}
