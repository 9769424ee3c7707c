internal import Logging
internal import MartletProcesses

// The life of one worker.
extension PoolMachine {
    mutating func spawned(_ id: WorkerID, _ pid: Int32) {
        processes.places[id.place].pid = pid
        // It may not be wanted any more.
        if places[id.place].stage == .retiring { emit(.kill(id)) }
    }

    mutating func spawnFailed(_ id: WorkerID, _ error: any Error) {
        let isWanted = places[id.place].stage == .starting
        processes.places[id.place].stage = .empty
        guard isWanted else { return }
        if phase == .starting {
            processes.places[id.place].failure = ImportFailed(advice: "\(error)", traceback: "")
        } else if replacements.isSuccessor(id.place, processes) {
            replacements.successorFailed(id.place, error, processes)
        } else if !growthFailed(id, "\(error)") {
            emit(.log(.error, "\(id) could not be started: \(error)"))
            emit(.set(.restart(id), after: .seconds(5)))
        }
    }

    mutating func ready(_ id: WorkerID, _ folders: StaticFolders) {
        guard places[id.place].stage == .starting, places[id.place].failure == nil else { return }
        processes.places[id.place].stage = .ready
        growthIsReady(id.place)
        processes.places[id.place].folders = folders
        // It has imported the source that is there now, whatever an earlier worker met.
        if isDevelopment { emit(.showFailure(nil)) }
        if places[id.place].failures > 0 { emit(.log(.notice, "\(id) is back")) }
        emit(.wakeWorkers)
    }

    mutating func importFailed(_ id: WorkerID, _ failure: ImportFailed) {
        guard places[id.place].stage == .starting, places[id.place].failure == nil else { return }
        // All workers import the same application: one traceback is enough.
        if !places.contains(where: { $0.failure != nil }) { emit(.showTraceback(failure)) }
        processes.places[id.place].failure = failure
        if replacements.isSuccessor(id.place, processes) {
            replacements.successorFailed(id.place, failure, processes)
        } else if isDevelopment, phase == .serving {
            emit(.showFailure(failure))
        }
    }

    mutating func ended(_ id: WorkerID, _ status: ExitStatus) {
        let former = places[id.place]
        guard former.isAlive else { return }
        switch former.stage {
        case .retiring:
            processes.places[id.place].failures = 0
            emit(.log(.debug, "\(id) (pid \(former.pid)) has ended after its last request"))
        case .starting where former.failure == nil:
            let words = "The worker process \(status) while it imported \(application)."
            importFailed(id, ImportFailed(advice: words, traceback: ""))
            died(id, status)
        case .starting:
            died(id, status)
        default:
            if replacements.isSuccessor(id.place, processes) {
                let words = "The worker process \(status) before all new workers were ready."
                replacements.successorFailed(id.place, ImportFailed(advice: words, traceback: ""), processes)
            }
            died(id, status)
        }
        processes.places[id.place].stage = .settling
        emit(.settle(id, status))
    }

    private mutating func died(_ id: WorkerID, _ status: ExitStatus) {
        processes.places[id.place].died(status, at: processes.now)
        if phase == .starting, places[id.place].failure == nil {
            processes.places[id.place].failure = ImportFailed(
                advice: "The worker process \(status) before all workers were ready.",
                traceback: ""
            )
        }
    }

    mutating func settled(_ id: WorkerID, lost: Int) {
        guard places[id.place].stage == .settling else { return }
        processes.places[id.place].stage = .empty
        emit(.wakeWorkers)
        let death = places[id.place].death
        processes.places[id.place].death = nil
        guard let death, phase == .serving, processes.isWanted(id.place) else { return }
        // In development the failed import is on the screen, and a saved file brings a reload.
        if isDevelopment, places[id.place].failure != nil { return }
        if growthFailed(id, "its process \(death.status)") { return }
        let requests = lost == 1 ? "1 request" : "\(lost) requests"
        let pid = places[id.place].pid
        emit(.log(.error, "\(id) (pid \(pid)) \(death.status); \(requests) lost; a new worker starts"))
        if death.restartAfter == .zero {
            processes.spawn(id.place)
        } else {
            emit(.set(.restart(id), after: death.restartAfter))
        }
    }
}
