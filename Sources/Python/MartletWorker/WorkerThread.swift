internal import CMartletWorker

/// One thread of the worker: it claims requests and runs the application on them.
///
/// It keeps the GIL from one request to the next while there is a next one, and gives it up only to wait.
struct WorkerThread {
    let worker: Worker
    let thread: UInt32

    func run() {
        let exchange = Exchange(worker: worker)
        worker.exchanges[Int(thread)] = exchange
        while !worker.isStopping {
            if let slot = worker.claim(thread: thread) {
                exchange.run(slot)
                continue
            }
            exchange.answers.flush()
            sleepUntilWoken()
        }
        exchange.answers.flush()
    }

    private func sleepUntilWoken() {
        let record = worker.record
        let seen = martlet_load32(&record.pointee.futex)
        _ = martlet_add32(&record.pointee.sleepers, 1)
        // A wake-up that came while this thread was not asleep must not count as one that is under way for ever.
        martlet_store32(&record.pointee.waking, 0)
        if !worker.hasWaitingRequests && !worker.isStopping {
            let state = py_PyEval_SaveThread()
            _ = martlet_futex_wait(&record.pointee.futex, seen, -1)
            py_PyEval_RestoreThread(state)
        }
        _ = martlet_add32(&record.pointee.sleepers, UInt32.max)
        martlet_store32(&record.pointee.waking, 0)
        worker.passOnWakeUp()
    }
}
