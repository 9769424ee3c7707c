internal import CMartletWorker
import Synchronization

/// The queue of requests that no worker has claimed yet, and the decision whom to wake for them.
final class RequestQueue: @unchecked Sendable {
    private let memory: SharedMemory
    private let workers: Int
    private let threads: UInt32
    private let tail = Mutex<UInt64>(0)

    init(memory: SharedMemory, workers: Int, threads: Int) {
        self.memory = memory
        self.workers = workers
        self.threads = UInt32(threads)
    }

    func push(_ entry: UInt64) {
        tail.withLock { tail in
            memory.setEntry(tail, entry)
            tail += 1
            martlet_store64(&memory.queue.pointee.tail, tail)
        }
    }

    /// An estimate: `head` is the workers' word.
    var depth: Int {
        let head = martlet_load64(&memory.queue.pointee.head)
        let tail = tail.withLock { $0 }
        return head < tail ? Int(min(tail - head, UInt64(memory.layout.slots))) : 0
    }

    /// Wakes as many threads as there are requests waiting: first in workers that do nothing at all, for a thread beside
    /// a busy one has to wait for the GIL; then, for applications that wait for something else, in the others.
    func wakeWorkers() {
        martlet_fence()
        var needed = depth
        guard needed > 0 else { return }
        for onlyIdle in [true, false] {
            for index in 0..<workers * 2 where needed > 0 {
                let worker = memory.worker(index)
                let sleepers = martlet_load32(&worker.pointee.sleepers)
                guard sleepers > 0, onlyIdle == (sleepers >= threads) else { continue }
                guard martlet_swap32(&worker.pointee.waking, 1) == 0 else { continue }
                _ = martlet_add32(&worker.pointee.futex, 1)
                martlet_futex_wake(&worker.pointee.futex, 1)
                needed -= 1
            }
        }
    }
}
