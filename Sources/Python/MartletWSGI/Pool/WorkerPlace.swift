/// What a pool knows of one place and the worker in it.
///
/// Each seat of a pool has two places, so that a successor can be started, import the application and be ready before the
/// former worker ends.
struct WorkerPlace: Sendable {
    enum Stage: String, Sendable {
        case empty
        /// The process has been asked for, or imports the application.
        case starting
        case ready
        /// It ends after the requests that it has, or is being killed.
        case retiring
        /// The process has ended; event loops may still have requests that it held.
        case settling
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
    /// How many workers have been here.
    var life = 0
    /// 0 until the process exists.
    var pid: Int32 = 0
    var startedAt = Duration.zero
    /// Which generation of the application it imported; 1 is the first, each reload adds one.
    var generation = 0
    /// Deaths in a row of workers that did not live long.
    var failures = 0
    /// How the worker ended, while event loops deal with that; nil where it was asked to end.
    var death: Death?
    /// Why it could not become ready.
    var failure: ImportFailed?
    var count = Count.within
    /// It takes no request until its predecessor has reached its limit.
    var isHeld = false
    /// It is to be replaced.
    var recycling: PoolMachine.Recycling?
    /// Attempts to replace it that failed.
    var recyclingFailures = 0
    /// The next attempt waits for its timer.
    var isRecyclingDelayed = false

    struct Death: Sendable {
        let status: ExitStatus
        let restartAfter: Duration
    }

    var isEmpty: Bool { stage == .empty }

    /// Whether a process may be running.
    var isAlive: Bool { stage == .starting || stage == .ready || stage == .retiring }
}
