package import NIOCore
import Synchronization

/// An event loop as the executor of the tasks that belong to its connections.
///
/// The rules:
///
/// 1. A job that is enqueued from elsewhere goes through the loop's own queue: one wake-up for however many jobs.
/// 2. Between the start and the end of ``runInline(_:)`` a job that the loop's own thread enqueues runs on that thread
///    as soon as the closure has returned, without a trip through the queue. This is how a gateway resumes the tasks
///    that wait for a batch of answers.
/// 3. Jobs never run inside `enqueue`, so resuming a continuation is never re-entrant.
package final class LoopExecutor: TaskExecutor {
    package let loop: any EventLoop
    private let inline = InlineJobs()

    /// Touched on the loop's thread only.
    private final class InlineJobs: @unchecked Sendable {
        var isCollecting = false
        var jobs = CircularBuffer<UnownedJob>(initialCapacity: 16)
    }

    package init(_ loop: any EventLoop) {
        self.loop = loop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if loop.inEventLoop, inline.isCollecting {
            inline.jobs.append(job)
            return
        }
        loop.execute {
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }

    /// Runs `body` and then, before it returns, every job of this executor that `body` or one of those jobs made ready.
    /// Must be called on the loop; elsewhere it just runs `body`.
    package func runInline(_ body: () -> Void) {
        guard loop.inEventLoop, !inline.isCollecting else { return body() }
        inline.isCollecting = true
        body()
        let executor = asUnownedTaskExecutor()
        while let job = inline.jobs.popFirst() {
            job.runSynchronously(on: executor)
        }
        inline.isCollecting = false
    }
}

// MARK: - Which loop has which executor

extension LoopExecutor {
    private static let registry = Mutex<[ObjectIdentifier: LoopExecutor]>([:])

    /// The executor of a server's loop. Not for the hot path: ask once for each loop.
    package static func of(_ loop: any EventLoop) -> LoopExecutor? {
        registry.withLock { $0[ObjectIdentifier(loop)] }
    }

    /// Makes the executor known to ``of(_:)``.
    package func register() {
        Self.registry.withLock { $0[ObjectIdentifier(loop)] = self }
    }

    /// Undoes ``register()``, before the loop is shut down.
    package func unregister() {
        Self.registry.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(loop)) }
    }
}
