internal import Dispatch
internal import Glibc
internal import MartletProcesses
import Synchronization

/// The thread that starts the processes of one pool, one after the other.
///
/// Starting a process can take long: the preload process runs the application's own hooks when it forks. No event loop waits for
/// that, and no other pool. The system kills the processes when this thread ends, which is when the server does.
final class Launcher: Sendable {
    private struct State {
        /// nil is the end.
        var jobs: [(@Sendable () -> Void)?] = []
        var hasThread = false
    }

    private let state = Mutex(State())
    private let count = DispatchSemaphore(value: 0)

    private func next() -> (@Sendable () -> Void)? {
        count.wait()
        return state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
    }

    /// - Parameter ifImpossible: called at once instead, where the system has no thread left. The next job asks for one again.
    func run(_ job: @escaping @Sendable () -> Void, ifImpossible: (SpawnError) -> Void) {
        let isTaken = state.withLock { state in
            if !state.hasThread {
                state.hasThread = ThreadBody { [self] in
                    while let job = next() { job() }
                }.start()
            }
            if state.hasThread { state.jobs.append(job) }
            return state.hasThread
        }
        guard isTaken else {
            return ifImpossible(SpawnError(path: "a thread for the Python processes", number: EAGAIN))
        }
        count.signal()
    }

    /// The thread ends after the jobs that it has, and with it whatever it has started.
    func close() {
        state.withLock { $0.jobs.append(nil) }
        count.signal()
    }
}
