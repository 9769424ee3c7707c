internal import CMartletWorker
internal import Glibc

/// The server's own limit on a start. A worker ends by itself at `--start-timeout`, and says where it stood; one that cannot, because a
/// call of C never lets go of the GIL or because it does not come as far as its bootstrap, is ended a little later.
struct StartLimit {
    private static let delay = Duration.seconds(3)

    private let timeout: Duration?
    private let begin = martlet_clock()

    init(_ timeout: Duration?) {
        self.timeout = timeout
    }

    private var left: Duration? {
        timeout.map { $0 + Self.delay - .nanoseconds(Int64(clamping: martlet_clock() &- begin)) }
    }

    /// What is left of it, for `poll`.
    var milliseconds: CInt {
        left.map { CInt(min(max(0, ($0 / .milliseconds(1)).rounded(.up)), 1e9)) } ?? -1
    }

    var isOver: Bool { left.map { $0 <= .zero } ?? false }

    var failure: ImportFailed {
        ImportFailed(
            advice:
                "The application was still being imported after \((timeout ?? .zero) / .seconds(1)) s (--start-timeout), in a "
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
