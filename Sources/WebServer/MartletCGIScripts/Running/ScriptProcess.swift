import Dispatch
import Glibc
import MartletGateway
import MartletProcesses

/// The process of one script, and the thread that starts it and waits for its end.
///
/// The rules:
///
/// 1. The thread starts the process, since the program may be read from a slow disk, and the system kills the process when the thread
///    ends, and a ``GroupKeeper`` what it has started, so the server never leaves scripts behind.
/// 2. The process leads a group of its own. Signals go to all of the group, also when the script itself has ended: its number is kept
///    until ``release()``, so they never reach anybody else.
/// 3. It gets three pipes, and no other descriptor.
final class ScriptProcess: Sendable {
    enum Event: Sendable {
        case started(ScriptProcess)
        case failed(ScriptFailure)
        case ended(ExitStatus)
    }

    /// What is needed to start it.
    struct Launch: Sendable {
        var path: [UInt8]
        var folder: OwnedDescriptor
        /// `NAME=value`
        var environment: [[UInt8]]
        var user: ChildUser?
        /// The script's ends.
        var input: OwnedDescriptor
        var output: OwnedDescriptor
        var errors: OwnedDescriptor
    }

    private let pid: pid_t
    private let released: DispatchSemaphore

    private init(_ pid: pid_t, _ released: DispatchSemaphore) {
        self.pid = pid
        self.released = released
    }

    /// - Parameter onEvent: called on the thread.
    static func start(_ launch: Launch, _ onEvent: @escaping @Sendable (Event) -> Void) {
        let ends = LaunchBox(launch)
        let isRunning = ThreadBody { run(ends, onEvent) }.start()
        if !isRunning { onEvent(.failed(.noThread)) }
    }

    /// The script's ends of the pipes are closed here as soon as it has them: else nobody would see it close them.
    private final class LaunchBox: @unchecked Sendable {
        private var launch: Launch?
        init(_ launch: Launch) { self.launch = launch }
        func take() -> Launch? { launch.take() }
    }

    private static func run(_ box: LaunchBox, _ onEvent: (Event) -> Void) {
        let pid: pid_t
        switch spawn(box) {
        case .success(let number): pid = number
        case .failure(let error):
            return onEvent(.failed(.notStarted(number: error.number, reason(error))))
        }
        let released = DispatchSemaphore(value: 0)
        onEvent(.started(ScriptProcess(pid, released)))
        _ = OrphanReaper.wait(for: pid) {
            onEvent(.ended(ExitStatus(ofEnded: pid) ?? .exited(-1)))
            released.wait()
            GroupKeeper.shared.forget(pid)
        }
    }

    /// What the system says of a script that it cannot run needs an explanation, mostly.
    private static func reason(_ error: SpawnError) -> String {
        let text = String(cString: strerror(error.number)) + (error.user.map { " as user \($0)" } ?? "")
        switch error.number {
        case ENOENT:
            return
                "\(text): the interpreter that its first line names is not there, or that line ends with a carriage return"
        case ENOEXEC: return "\(text): it is no program, and its first line names no interpreter (#!/bin/sh)"
        case EACCES: return "\(text): it, its interpreter and their folders have to be open to who runs it"
        default: return text
        }
    }

    private static func spawn(_ box: LaunchBox) -> Result<pid_t, SpawnError> {
        guard let launch = box.take() else { return .failure(SpawnError(path: "a script", number: EINVAL)) }
        return withExtendedLifetime(launch) {
            ChildProcess.start(
                String(decoding: launch.path, as: UTF8.self),
                [],
                standard: StandardStreams(
                    input: launch.input.number,
                    output: launch.output.number,
                    error: launch.errors.number
                ),
                directory: launch.folder.number,
                identity: ChildIdentity(user: launch.user, environment: launch.environment),
                diesWithThread: true,
                isKept: true
            )
        }
    }

    /// Sends a signal to the script and to all that it has started. Not after ``release()``.
    func signal(_ number: CInt) { _ = kill(-pid, number) }

    /// The process may be forgotten, as soon as it has ended.
    func release() { released.signal() }
}
