internal import CMartletWorker
internal import Glibc

/// The server's own eye on a start. A worker says by itself where its import stands, and ends at `--start-timeout`; one that cannot,
/// because a call of C never lets go of the GIL or because it does not come as far as its bootstrap, is spoken for, and ended a
/// little later.
struct StartLimit {
    /// Between two words of a worker are ten seconds.
    private static let silence = Duration.seconds(12)
    private static let delay = Duration.seconds(3)

    private let timeout: Duration?
    private let begin = martlet_clock()
    private var lastWord = martlet_clock()
    /// The worker has started, or failed to.
    private var hasEnded = false

    init(_ timeout: Duration?) {
        self.timeout = timeout
    }

    private static func since(_ moment: UInt64) -> Duration {
        .nanoseconds(Int64(clamping: martlet_clock() &- moment))
    }

    var age: Duration { Self.since(begin) }

    /// What `poll` may wait for: -1 for ever.
    var milliseconds: CInt {
        guard !hasEnded else { return -1 }
        let silent = Self.silence - Self.since(lastWord)
        let left = timeout.map { min($0 + Self.delay - age, silent) } ?? silent
        return CInt(min(max(0, (left / .milliseconds(1)).rounded(.up)), 1e9))
    }

    var isOver: Bool { !hasEnded && (timeout.map { age >= $0 + Self.delay } ?? false) }
    var isSilent: Bool { !hasEnded && Self.since(lastWord) >= Self.silence }

    mutating func hasSpoken() {
        lastWord = martlet_clock()
    }

    mutating func end() {
        hasEnded = true
    }

    var failure: ImportFailed {
        ImportFailed(
            advice:
                "The application was still being imported after \((timeout ?? .zero) / .seconds(1)) s ({start-timeout}), in a "
                + "call that does not let Python run; if it said where, the stack is above.",
            traceback: ""
        )
    }

    /// Has the process write its stacks to standard error, where it has come far enough for that.
    func showStacks(of process: WorkerProcess) {
        process.showStacks()
        usleep(300_000)
    }
}
