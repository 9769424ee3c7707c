internal import Logging
internal import MartletProcesses

/// One worker's life in one place of a pool. Whatever is said about a former life is ignored.
struct WorkerID: Hashable, Sendable, CustomStringConvertible {
    /// The index of its record in the shared memory.
    let place: Int
    /// Which worker of this place it is, from 1.
    let life: Int

    /// As the log names it.
    var description: String { "worker \(place + 1)" }
}

extension PoolMachine {
    /// What the pool is told.
    enum Event: Sendable {
        case start
        /// The process exists. Nothing else of a worker comes before this.
        case spawned(WorkerID, pid: Int32)
        case spawnFailed(WorkerID, any Error)
        /// It has imported the application and takes requests.
        case ready(WorkerID, StaticFolders = StaticFolders())
        case importFailed(WorkerID, ImportFailed)
        case ended(WorkerID, ExitStatus)
        /// Every event loop has dealt with the death of the worker; `lost` of its requests were not answered.
        case settled(WorkerID, lost: Int)
        /// The process that forks the workers has imported the application.
        case preloaded(Int)
        case preloadFailed(Int, any Error)
        case preloadEnded(Int)
        case due(Timer)
        /// - Parameters:
        ///   - ticket: who waits for the outcome; nil where a saved file asked.
        ///   - follows: whether it follows a reload that is under way; else it is refused then.
        case reload(ticket: Int?, follows: Bool)
        /// What there is to do; told again and again where the number of workers follows it.
        case load(PoolScaling.Load)
        case recycle(WorkerID, Recycling)
        /// Its limit on requests is near; it has so many in all.
        case nearLimit(WorkerID, limit: Int)
        /// It takes no more requests.
        case atLimit(WorkerID, limit: Int)
        case stop(grace: Duration)
        case kill
    }

    /// What the pool does.
    enum Action: Sendable {
        /// - Parameters:
        ///   - preload: which preload process forks it; nil where it imports the application itself.
        ///   - isHeld: whether it waits for ``begin(_:)`` before it takes requests.
        case spawn(WorkerID, preload: Int?, isHeld: Bool)
        /// Let it take as many requests as its limit allows, from now on.
        case begin(WorkerID)
        case preload(Int)
        /// Ends a preload process at once.
        case dropPreload(Int)
        /// Have every event loop deal with the death of a worker.
        case settle(WorkerID, ExitStatus)
        /// Ask it to end after the requests that it has.
        case stop(WorkerID)
        case kill(WorkerID)
        /// End a worker that has not become ready, as far as is known: one that has said so meanwhile may have requests.
        case discard(WorkerID)
        case set(Timer, after: Duration)
        case wakeWorkers
        case log(Logger.Level, String)
        case showTraceback(ImportFailed)
        /// Say that the application is imported, and how.
        case announceImport(String)
        /// What the browser is shown in development.
        case showFailure(ImportFailed?)
        /// All workers that serve have told this of static folders.
        case serveFolders(StaticFolders)
        /// The first workers are ready, or are not going to be.
        case started((any Error)?)
        case reloaded(ticket: Int, (any Error)?)
        /// No process is left.
        case stopped
    }

    enum Timer: Hashable, Sendable {
        case restart(WorkerID)
        /// A worker that was asked to end has had its time.
        case grace(WorkerID, Duration)
        case recycle(WorkerID)
        case stopGrace
    }

    /// Why and how a worker is replaced while it serves.
    struct Recycling: Sendable {
        let reason: String
        /// How long it may take to end once its successor is there; nil for the pool's usual time.
        var grace: Duration?
    }
}
