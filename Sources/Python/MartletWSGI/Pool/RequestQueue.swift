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

    /// - Returns: the entry's position.
    func push(_ entry: UInt64) -> UInt64 {
        tail.withLock { tail in
            memory.setEntry(tail, entry)
            tail += 1
            martlet_store64(&memory.queue.pointee.tail, tail)
            return tail - 1
        }
    }

    /// Makes sure that workers come by the entry of a request that nobody has claimed. The queue is memory that a broken worker can
    /// overwrite, and what it leaves there must not keep the others from their work.
    ///
    /// - Returns: the entry's position from now on; nil where there was nothing to put right.
    func restore(_ entry: UInt64, at position: UInt64) -> UInt64? {
        let capacity = memory.layout.queue_mask + 1
        let isOverrun = tail.withLock { $0 - position > capacity }
        if isOverrun { return push(entry) }
        return tail.withLock { tail in
            // `head` passes an entry only once it is claimed.
            let isIntact =
                martlet_load64(&memory.queue.pointee.head) <= position && memory.entry(position) == entry
                && martlet_load64(&memory.queue.pointee.tail) == tail
            if isIntact { return nil }
            memory.setEntry(position, entry)
            // A hint that is too low costs workers a few steps over entries that have been claimed.
            martlet_store64(&memory.queue.pointee.head, tail > capacity ? tail - capacity : 0)
            martlet_store64(&memory.queue.pointee.tail, tail)
            return position
        }
    }

    /// Whether workers are past the place of a request that was taken back, so that its slot may stand in the queue again. Passes over
    /// requests like it that are first.
    func hasPassed(_ position: UInt64) -> Bool {
        let capacity = memory.layout.queue_mask + 1
        return tail.withLock { tail in
            // What workers make of `head` meanwhile does not keep the loop here.
            for _ in 0...capacity + 1 {
                let head = martlet_load64(&memory.queue.pointee.head)
                guard head <= position, head < tail else { return head > position }
                if tail - head <= capacity, isWaiting(memory.entry(head)) { return false }
                let next = tail - head <= capacity ? head + 1 : tail - capacity
                _ = martlet_compare_swap64(&memory.queue.pointee.head, head, next)
            }
            return false
        }
    }

    private func isWaiting(_ entry: UInt64) -> Bool {
        let slot = UInt32(truncatingIfNeeded: entry)
        guard slot < memory.layout.slots else { return false }
        let ready = entry & 0xFFFF_FFFF_0000_0000 | UInt64(MARTLET_CLAIM_READY)
        return martlet_load64(&memory.slot(slot).pointee.claim) == ready
    }

    /// Wakes every thread, whatever the shared memory says about who sleeps.
    func wakeAll() {
        for index in 0..<workers * 2 {
            let worker = memory.worker(index)
            _ = martlet_add32(&worker.pointee.futex, 1)
            martlet_futex_wake(&worker.pointee.futex, Int32.max)
        }
    }

    /// How many requests have been taken, by the workers' word, and how many have been put into the queue.
    var positions: (taken: UInt64, pushed: UInt64) {
        let head = martlet_load64(&memory.queue.pointee.head)
        let tail = tail.withLock { $0 }
        return (min(head, tail), tail)
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
