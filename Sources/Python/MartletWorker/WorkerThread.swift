internal import CMartletWorker
internal import MartletControl

/// One thread of the worker: it claims requests and runs the application on them.
///
/// It keeps the GIL from one request to the next while there is a next one, and gives it up only to wait.
struct WorkerThread {
    let worker: Worker
    let thread: UInt32
    /// Signal handlers of Python run on the main thread, where it waits and where the application runs.
    let isMain: Bool

    func run() {
        let call = WSGICall(worker: worker)
        worker.calls[Int(thread)] = call
        while !worker.isStopping {
            if let slot = worker.claim(thread: thread) {
                call.run(slot)
                continue
            }
            call.slot.flushAnswers()
            if worker.limit.isReached { sleepAtTheLimit() } else { sleepUntilWoken() }
            if isMain { worker.runSignalHandlers() }
        }
        call.slot.flushAnswers()
    }

    private func sleepUntilWoken() {
        let record = worker.record
        let seen = martlet_load32(&record.pointee.futex)
        _ = martlet_add32(&record.pointee.sleepers, 1)
        // A wake-up that came while this thread was not asleep must not count as one that is under way for ever.
        martlet_store32(&record.pointee.waking, 0)
        if !worker.hasWaitingRequests && !worker.isStopping { sleep(seen) }
        _ = martlet_add32(&record.pointee.sleepers, UInt32.max)
        martlet_store32(&record.pointee.waking, 0)
        worker.passOnWakeUp()
    }

    /// This worker takes no more requests: the thread is none that a waiting request could wake.
    private func sleepAtTheLimit() {
        let seen = martlet_load32(&worker.record.pointee.futex)
        // A wake-up that this thread has had may have been meant for a request that is another worker's now.
        if !worker.limit.isHeld { worker.tell(.reachedLimit) }
        if worker.limit.isReached && !worker.isStopping { sleep(seen) }
    }

    private func sleep(_ seen: UInt32) {
        let state = py_PyEval_SaveThread()
        _ = martlet_futex_wait(&worker.record.pointee.futex, seen, isMain ? signalMilliseconds : -1)
        py_PyEval_RestoreThread(state)
    }
}
