/// How many workers a pool has, between a least and a most, by its load.
///
/// The rules:
///
/// 1. A worker is added when a request has waited for ``patience``: a moment's queue, which the workers that are there empty at once,
///    adds none. Afterwards two at a time, then four: a load that goes on to rise is met soon (Apache's MPMs double so, too).
/// 2. None is added while one that was added still starts, however long that takes. What waits meanwhile waits for that one.
/// 3. One that cannot start is given up, and the next one is tried after a growing time.
/// 4. A worker goes when one fewer could have done all the work for ``idleTime``, with a quarter to spare; the next one after a quarter of
///    that time. So what has been added for a peak is there for the next one, and a load at the edge moves nothing.
/// 5. Nothing changes while the application is reloaded.
struct PoolScaling: Sendable {
    /// What there is to do, at a moment.
    struct Load: Equatable, Sendable {
        /// Requests that no worker has taken.
        var waiting = 0
        /// How long the first of them has waited at least.
        var waited = Duration.zero
        /// How many threads have a request, by the place of their worker.
        var busy: [Int: Int] = [:]
    }

    enum Step: Equatable, Sendable {
        case none
        case grow(by: Int)
        case shrink
    }

    /// HAProxy and mod_wsgi look at queue times of this order; a human notices from about here on.
    static let patience = Duration.milliseconds(100)

    let least: Int
    let most: Int
    let threads: Int
    let idleTime: Duration

    private var growth = 1
    private var failures = 0
    /// No worker is added before that.
    private var heldUntil = Duration.zero
    /// Since when one worker fewer would have done; nil while it would not.
    private var quietSince: Duration?

    init(least: Int, most: Int, threads: Int, idleTime: Duration) {
        self.least = min(least, most)
        self.most = most
        self.threads = max(1, threads)
        self.idleTime = idleTime
    }

    /// - Parameters:
    ///   - open: how many workers there are or will be.
    ///   - isGrowing: whether one that was added is not ready yet.
    ///   - now: the time since any fixed moment.
    mutating func step(_ load: Load, open: Int, isGrowing: Bool, at now: Duration) -> Step {
        guard least < most else { return .none }
        let busy = load.busy.values.reduce(0, +)
        // With a quarter to spare.
        if open <= least || (busy + load.waiting) * 4 > (open - 1) * threads * 3 {
            quietSince = nil
        } else if quietSince == nil {
            quietSince = now
        }
        if load.waiting > 0, load.waited >= Self.patience {
            guard open < most, !isGrowing, now >= heldUntil else { return .none }
            let count = min(growth, most - open, load.waiting)
            growth = min(growth * 2, most)
            return .grow(by: count)
        }
        // The last ones were enough.
        if !isGrowing, load.waiting == 0 { growth = 1 }
        guard let since = quietSince, now - since >= idleTime, !isGrowing else { return .none }
        quietSince = now - idleTime * 3 / 4
        return .shrink
    }

    /// One that was added takes requests.
    mutating func succeeded() { failures = 0 }

    /// One that was added could not start.
    ///
    /// - Returns: how long none is added, doubling from a second to about a minute.
    mutating func failed(at now: Duration) -> Duration {
        failures = min(failures + 1, 7)
        growth = 1
        let pause = Duration.seconds(1 << (failures - 1))
        heldUntil = now + pause
        return pause
    }
}
