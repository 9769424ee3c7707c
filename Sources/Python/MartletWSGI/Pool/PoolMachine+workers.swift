internal import Logging

// The life of one worker.
extension PoolMachine {
    /// Starts a worker in an empty place.
    ///
    /// - Parameter isHeld: whether it takes no request before its predecessor has reached its limit.
    mutating func spawn(_ place: Int, isHeld: Bool = false) {
        places[place].stage = .starting
        places[place].life += 1
        places[place].pid = 0
        places[place].startedAt = now
        places[place].generation = generation
        places[place].failure = nil
        places[place].count = .within
        places[place].isHeld = isHeld
        places[place].recycling = nil
        places[place].recyclingFailures = 0
        places[place].isRecyclingDelayed = false
        let id = id(place)
        emit(.spawn(id, preload: source, isHeld: isHeld))
    }

    mutating func spawned(_ id: WorkerID, _ pid: Int32) {
        places[id.place].pid = pid
        // It may not be wanted any more.
        if places[id.place].stage == .retiring { emit(.kill(id)) }
    }

    mutating func spawnFailed(_ id: WorkerID, _ error: any Error) {
        let isWanted = places[id.place].stage == .starting
        places[id.place].stage = .empty
        guard isWanted else { return }
        if phase == .starting {
            places[id.place].failure = ImportFailed(advice: "\(error)", traceback: "")
        } else if isSuccessor(id.place) {
            fail(replacementOf: id.place, error)
        } else {
            emit(.log(.error, "\(id) could not be started: \(error)"))
            emit(.set(.restart(id), after: .seconds(5)))
        }
    }

    mutating func ready(_ id: WorkerID) {
        guard places[id.place].stage == .starting, places[id.place].failure == nil else { return }
        places[id.place].stage = .ready
        // It has imported the source that is there now, whatever an earlier worker met.
        if isDevelopment { emit(.showFailure(nil)) }
        if places[id.place].failures > 0 { emit(.log(.notice, "\(id) is back")) }
        emit(.wakeWorkers)
    }

    mutating func importFailed(_ id: WorkerID, _ failure: ImportFailed) {
        guard places[id.place].stage == .starting, places[id.place].failure == nil else { return }
        // All workers import the same application: one traceback is enough.
        if !places.contains(where: { $0.failure != nil }) { emit(.showTraceback(failure)) }
        places[id.place].failure = failure
        if isSuccessor(id.place) {
            fail(replacementOf: id.place, failure)
        } else if isDevelopment, phase == .serving {
            emit(.showFailure(failure))
        }
    }

    mutating func ended(_ id: WorkerID, _ status: ExitStatus) {
        let former = places[id.place]
        guard former.isAlive else { return }
        switch former.stage {
        case .retiring:
            places[id.place].failures = 0
            emit(.log(.debug, "\(id) (pid \(former.pid)) has ended after its last request"))
        case .starting where former.failure == nil:
            let words = "The worker process \(status) while it imported \(application)."
            importFailed(id, ImportFailed(advice: words, traceback: ""))
            countDeath(id, status, restartAfter: backoff(former.failures + 1), failures: former.failures + 1)
        case .starting:
            countDeath(id, status, restartAfter: backoff(former.failures + 1), failures: former.failures + 1)
        default:
            if isSuccessor(id.place) {
                let words = "The worker process \(status) before all new workers were ready."
                fail(replacementOf: id.place, ImportFailed(advice: words, traceback: ""))
            }
            let failures = now - former.startedAt > .seconds(10) ? 0 : former.failures + 1
            countDeath(id, status, restartAfter: failures <= 1 ? .zero : backoff(failures), failures: failures)
        }
        places[id.place].stage = .settling
        emit(.settle(id, status))
    }

    /// Doubling from a tenth of a second to six: a worker that dies at once must not keep the machine busy.
    private func backoff(_ failures: Int) -> Duration { .milliseconds(min(6400, 100 << min(failures, 6))) }

    private mutating func countDeath(_ id: WorkerID, _ status: ExitStatus, restartAfter delay: Duration, failures: Int)
    {
        places[id.place].failures = failures
        places[id.place].death = WorkerPlace.Death(status: status, restartAfter: delay)
        if phase == .starting, places[id.place].failure == nil {
            places[id.place].failure = ImportFailed(
                advice: "The worker process \(status) before all workers were ready.",
                traceback: ""
            )
        }
    }

    mutating func settled(_ id: WorkerID, lost: Int) {
        guard places[id.place].stage == .settling else { return }
        places[id.place].stage = .empty
        emit(.wakeWorkers)
        let death = places[id.place].death
        places[id.place].death = nil
        guard let death, phase == .serving, current.contains(id.place) else { return }
        // In development the failed import is on the screen, and a saved file brings a reload.
        if isDevelopment, places[id.place].failure != nil { return }
        let requests = lost == 1 ? "1 request" : "\(lost) requests"
        let pid = places[id.place].pid
        emit(.log(.error, "\(id) (pid \(pid)) \(death.status); \(requests) lost; a new worker starts"))
        if death.restartAfter == .zero {
            spawn(id.place)
        } else {
            emit(.set(.restart(id), after: death.restartAfter))
        }
    }

    /// Lets a worker end after the requests that it has; kills it where that takes longer.
    mutating func retire(_ place: Int, within grace: Duration) {
        let id = id(place)
        switch places[place].stage {
        case .ready:
            places[place].stage = .retiring
            emit(.stop(id))
            emit(.set(.grace(id, grace), after: grace))
        case .starting:
            let hasFailed = places[place].failure != nil
            places[place].stage = .retiring
            emit(hasFailed ? .kill(id) : .discard(id))
            if !hasFailed { emit(.set(.grace(id, grace), after: grace)) }
        case .empty, .retiring, .settling:
            break
        }
        places[place].failure = nil
    }
}
