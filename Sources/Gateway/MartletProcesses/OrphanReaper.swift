internal import CMartletProcess
internal import Glibc
import Synchronization

/// What the first process of a container has to do for others: it inherits every process whose parent has ended, and has to ask
/// for their exit status, or they stay as zombies until no more processes can be made. Docker's `--init` (tini) does nothing else.
///
/// The rules:
///
/// 1. Every child of our own is started inside ``spawning(_:)`` and waited for by ``wait(for:ending:)``. Nothing is reaped here while one
///    is being started, however long that takes, so that its process id is known before its end is dealt with; and it is forgotten
///    before the system may use it again.
/// 2. A child that has ended is looked at without taking its status; it is taken here only when it is not one of ours.
/// 3. It is a thread and no handler of SIGCHLD, as everywhere in this module.
package enum OrphanReaper {
    private struct Children {
        var own: Set<Int32> = []
        /// How many are being started.
        var starting = 0
    }

    private static let children = Mutex(Children())
    private static let hasStarted = Mutex(false)

    package static func startIfFirstProcess() {
        if getpid() == 1 { start() }
    }

    /// Begins to reap, once: where this process is the first of its namespace, or has asked to inherit orphans.
    package static func start() {
        let isFirstCall = hasStarted.withLock { started in
            defer { started = true }
            return !started
        }
        // Without a thread today there may be one at the next call.
        if isFirstCall, !ThreadBody(reap).start() { hasStarted.withLock { $0 = false } }
    }

    /// Starts a child of our own. Nobody else's is reaped meanwhile.
    package static func spawning<Failure: Error>(_ start: () -> Result<Int32, Failure>) -> Result<Int32, Failure> {
        children.withLock { $0.starting += 1 }
        let result = start()
        children.withLock { children in
            children.starting -= 1
            if case .success(let pid) = result { children.own.insert(pid) }
        }
        return result
    }

    /// Waits for the end of a child of our own.
    ///
    /// - Parameter ending: called when it has ended, before its process id may be used again.
    /// - Returns: its status as `waitpid` tells it; nil where there is no such child.
    package static func wait(for pid: Int32, ending: () -> Void = {}) -> CInt? {
        let isThere = martlet_await_end(pid) == pid
        ending()
        return children.withLock { children in
            children.own.remove(pid)
            var status: CInt = 0
            return isThere && waitpid(pid, &status, 0) == pid ? status : nil
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
            let isOrphan = children.withLock { children in
                guard children.starting == 0, !children.own.contains(pid) else { return false }
                waitpid(pid, nil, 0)
                return true
            }
            // The thread that watches it is about to take it.
            if !isOrphan { usleep(10_000) }
        }
    }
}
