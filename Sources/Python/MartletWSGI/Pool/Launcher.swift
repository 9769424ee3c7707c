internal import Dispatch
internal import MartletProcesses
import Synchronization

/// The thread that starts the processes of one pool, one after the other.
///
/// Starting a process can take long: the preload process runs the application's own hooks when it forks. No event loop waits for
/// that, and no other pool. The system kills the processes when this thread ends, which is when the server does.
final class Launcher: Sendable {
    /// nil is the end.
    private let jobs = Mutex<[(@Sendable () -> Void)?]>([])
    private let count = DispatchSemaphore(value: 0)

    init() {
        ThreadBody { [self] in
            while let job = next() { job() }
        }.start()
    }

    private func next() -> (@Sendable () -> Void)? {
        count.wait()
        return jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    func run(_ job: @escaping @Sendable () -> Void) {
        jobs.withLock { $0.append(job) }
        count.signal()
    }

    /// The thread ends after the jobs that it has, and with it whatever it has started.
    func close() {
        jobs.withLock { $0.append(nil) }
        count.signal()
    }
}
