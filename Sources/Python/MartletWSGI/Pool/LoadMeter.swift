internal import CMartletWorker

/// Measures how much there is to do, for a pool whose number of workers follows that.
struct LoadMeter {
    /// Well below ``PoolScaling/patience``.
    private static let interval = Duration.milliseconds(50)

    private var clock = QueueClock()

    /// Tells the machine of the load again and again, until the pool has stopped.
    static func follow(_ pool: WorkerPool) {
        let scaling = pool.configuration.scaling
        guard scaling.least < scaling.most else { return }
        Task { [weak pool] in
            var meter = LoadMeter()
            while let pool, !pool.waiters.isStopped {
                pool.tell(.load(meter.load(of: pool)))
                try await Task.sleep(for: interval)
            }
        }
    }

    private mutating func load(of pool: WorkerPool) -> PoolScaling.Load {
        let (taken, pushed) = pool.queue.positions
        let waited = clock.waited(taken: taken, pushed: pushed, at: pool.now)
        var load = PoolScaling.Load(waiting: pool.queue.depth, waited: waited)
        for worker in pool.workers where worker.process.isReady {
            // Who does not sleep works. It is the worker's own word, and decides about no more than the number of workers.
            let sleepers = Int(martlet_load32(&pool.memory.worker(worker.id.place).pointee.sleepers))
            load.busy[worker.id.place] = max(0, pool.configuration.threads - sleepers)
        }
        return load
    }
}
