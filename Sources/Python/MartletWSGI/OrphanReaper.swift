internal import CMartletWorker
internal import Glibc
import Synchronization

/// What the first process of a container has to do for others: it inherits every process whose parent has ended, and has to ask
/// for their exit status, or they stay as zombies until no more processes can be made. Docker's `--init` (tini) does nothing else.
///
/// The rules:
///
/// 1. Every child of our own is started inside ``spawning(_:)`` and waited for by ``wait(for:)``, so that its process id is known
///    before its end can be seen, and is forgotten before the system may use it again.
/// 2. A child that has ended is looked at without taking its status; it is taken here only when it is not one of ours.
/// 3. It is a thread and no handler of SIGCHLD, as everywhere in this module.
enum OrphanReaper {
    private static let own = Mutex<Set<pid_t>>([])
    private static let hasStarted = Mutex(false)

    static func startIfFirstProcess() {
        if getpid() == 1 { start() }
    }

    /// Begins to reap, once: where this process is the first of its namespace, or has asked to inherit orphans.
    static func start() {
        let isFirstCall = hasStarted.withLock { started in
            defer { started = true }
            return !started
        }
        if isFirstCall { ThreadBody(reap).start() }
    }

    /// Starts a child of our own. Nobody else's is reaped meanwhile.
    static func spawning<Failure: Error>(_ start: () -> Result<pid_t, Failure>) -> Result<pid_t, Failure> {
        own.withLock { own in
            let result = start()
            if case .success(let pid) = result { own.insert(pid) }
            return result
        }
    }

    /// Waits for the end of a child of our own.
    ///
    /// - Returns: its status as `waitpid` tells it; nil where there is no such child.
    static func wait(for pid: pid_t) -> CInt? {
        guard martlet_await_end(pid) == pid else {
            own.withLock { _ = $0.remove(pid) }
            return nil
        }
        return own.withLock { own in
            own.remove(pid)
            var status: CInt = 0
            return waitpid(pid, &status, 0) == pid ? status : nil
        }
    }

    private static func reap() {
        while true {
            let pid = martlet_await_end(0)
            // No child at all: one may come at any time.
            guard pid > 0 else {
                sleep(1)
                continue
            }
            let isOwn = own.withLock { own in
                guard !own.contains(pid) else { return true }
                waitpid(pid, nil, 0)
                return false
            }
            // The thread that watches it is about to take it.
            if isOwn { usleep(10_000) }
        }
    }
}
