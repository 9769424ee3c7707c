internal import NIOCore

/// Where one worker process lives: a record in the shared memory and its number there.
///
/// Each seat of a pool has two places, so that a successor can be started, import the application and be ready before the
/// former worker drains.
struct WorkerPlace {
    enum Stage: String, Sendable {
        case empty
        /// The process has been started and imports the application.
        case starting
        case ready
        /// It ends after the requests that it has.
        case retiring
    }

    /// How many requests a worker has taken, seen from its limit.
    enum Count: Sendable {
        case within
        /// Its successor is to be ready when the limit is reached.
        case near
        /// It takes no more.
        case reached
    }

    var stage = Stage.empty
    var process: WorkerProcess?
    var startedAt = NIODeadline.now()
    /// Which generation of the application it imported; 1 is the first, each reload adds one.
    var generation = 0
    /// Deaths in a row of workers that did not live long.
    var failures = 0
    /// How many requests it takes, with this worker's own jitter; 0 for any number. The worker counts by itself.
    var requestLimit: UInt64 = 0
    var count = Count.within
    /// It takes no request until its predecessor has reached its limit.
    var isHeld = false
    /// Replaced when it is so old, with its own jitter.
    var expiresAt = NIODeadline.distantFuture
    /// Why it could not become ready.
    var failure: ImportFailed?
    /// A successor is being prepared.
    var isBeingReplaced = false
}
