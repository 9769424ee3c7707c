internal import MartletProcesses

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
    /// What it has told of static folders.
    var folders = StaticFolders()
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

    var isToBeRecycled: Bool { stage == .ready && recycling != nil && !isRecyclingDelayed }

    /// A new worker has been asked for.
    mutating func begin(at now: Duration, generation: Int, isHeld: Bool) {
        stage = .starting
        life += 1
        pid = 0
        startedAt = now
        self.generation = generation
        failure = nil
        folders = StaticFolders()
        count = .within
        self.isHeld = isHeld
        recycling = nil
        recyclingFailures = 0
        isRecyclingDelayed = false
    }

    /// It is to be replaced. Of two reasons the more urgent counts.
    mutating func recycle(_ wanted: PoolMachine.Recycling) {
        guard stage == .ready else { return }
        if recycling == nil || wanted.grace != nil && recycling?.grace == nil { recycling = wanted }
    }

    /// An attempt to replace it has failed: doubling from a second to about a minute until the next one.
    mutating func delayRecycling() -> Duration {
        recyclingFailures += 1
        isRecyclingDelayed = true
        return .seconds(min(64, 1 << min(recyclingFailures - 1, 6)))
    }

    /// Its process has ended without having been asked to.
    mutating func died(_ status: ExitStatus, at now: Duration) {
        let isImporting = stage == .starting
        let hadLived = !isImporting && now - startedAt > .seconds(10)
        failures = hadLived ? 0 : failures + 1
        // A worker that had served is started again at once, the first time.
        death = Death(status: status, restartAfter: isImporting || failures > 1 ? backoff : .zero)
    }

    /// Doubling from a tenth of a second to six: a worker that dies at once must not keep the machine busy.
    private var backoff: Duration { .milliseconds(min(6400, 100 << min(failures, 6))) }
}
