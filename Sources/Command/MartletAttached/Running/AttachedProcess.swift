import Dispatch
import Glibc
package import MartletProcesses
import Synchronization

/// A process of a command, with a thread that starts it and waits for its end, and one that reads what it writes.
///
/// The rules:
///
/// 1. The system kills the process when its thread ends, and a ``GroupKeeper`` what it has started, so the server leaves none behind, however it ends.
/// 2. It leads a process group of its own. Signals go to all of it, and never after its number may be somebody else's.
/// 3. It has ended when all of its group has. The others are nobody's children here: they are looked for in /proc, as long as the first one's
///    number is kept.
/// 4. It reads nothing, and has one pipe for all that it writes. When it has ended, what it wrote has been read: what has left the group and
///    still holds the pipe is not waited for.
package final class AttachedProcess: Sendable {
    package enum Event: Sendable {
        case started(AttachedProcess)
        case failed(String)
        case line(String)
        /// The process itself has ended, and others of its group have not.
        case left(AttachedEnd)
        case ended(AttachedEnd)
    }

    /// How it is started.
    package struct Launch: Sendable {
        let run: String
        let directory: String?
        let identity: ChildIdentity

        package init(run: String, directory: String?, identity: ChildIdentity) {
            self.run = run
            self.directory = directory
            self.identity = identity
        }
    }

    let pid: Int32
    private let stage = Mutex(Stage())

    private struct Stage {
        var isKilled = false
        var hasEnded = false
    }

    private init(pid: Int32) { self.pid = pid }

    /// - Parameter onEvent: called on its threads.
    package static func start(_ launch: Launch, _ onEvent: @escaping @Sendable (Event) -> Void) {
        let isRunning = ThreadBody { run(launch, onEvent) }.start()
        if !isRunning { onEvent(.failed("the system has no thread left.")) }
    }

    /// Sends a signal to it and to all that it has started.
    package func signal(_ number: CInt) {
        stage.withLock { stage in
            guard !stage.hasEnded else { return }
            if number == SIGKILL { stage.isKilled = true }
            _ = kill(-pid, number)
        }
    }

    private static func run(_ launch: Launch, _ onEvent: @escaping @Sendable (Event) -> Void) {
        guard let output = OutputPipe() else {
            return onEvent(.failed("\(String(cString: strerror(errno)))."))
        }
        guard output.read({ onEvent(.line($0)) }) else {
            output.closeWritingEnd()
            output.finish()
            return onEvent(.failed("the system has no thread left."))
        }
        let started = spawn(launch, writingTo: output.writingEnd)
        output.closeWritingEnd()
        switch started {
        case .success(let pid):
            let process = AttachedProcess(pid: pid)
            onEvent(.started(process))
            let end = process.wait(onEvent)
            output.finish()
            onEvent(.ended(end))
        case .failure(let failure):
            output.finish()
            onEvent(.failed(failure.description))
        }
    }

    /// What ends with the process needs a moment for it.
    private static let moment = Duration.milliseconds(50)
    /// What the system cannot end, as it waits for a disk, is not waited for.
    private static let killTime = Duration.seconds(2)

    private func wait(_ onEvent: (Event) -> Void) -> AttachedEnd {
        var end = AttachedEnd(.exited(-1))
        _ = OrphanReaper.wait(for: pid) {
            end = AttachedEnd(ExitStatus(ofEnded: pid) ?? .exited(-1))
            var (hasSaid, killed) = (false, Duration.zero)
            var (age, pause) = (Duration.zero, Duration.milliseconds(1))
            while ProcessGroup.isAlive(pid), killed < Self.killTime {
                if age > Self.moment, !hasSaid {
                    hasSaid = true
                    onEvent(.left(end))
                }
                usleep(UInt32(pause / .microseconds(1)))
                age += pause
                if stage.withLock(\.isKilled) { killed += pause }
                pause = min(pause * 2, .milliseconds(100))
            }
            stage.withLock { stage in
                // Its number is its own until its status is taken.
                _ = kill(-pid, SIGKILL)
                stage.hasEnded = true
            }
            GroupKeeper.shared.forget(pid)
        }
        return end
    }

    /// O_PATH of asm-generic/fcntl.h, which the C library shows only to programs that ask for GNU's: it need not be readable.
    private static let namesOnly: CInt = 0o10_000_000

    private static func spawn(_ launch: Launch, writingTo output: CInt) -> Result<Int32, AttachedFailure> {
        var folder: CInt?
        if let directory = launch.directory {
            let descriptor = open(directory, namesOnly | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { return .failure(.noFolder(directory, number: errno)) }
            folder = descriptor
        }
        defer { if let folder { close(folder) } }
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { if nothing >= 0 { close(nothing) } }
        func start(_ places: [String], _ name: String, _ arguments: [String]) -> Result<Int32, SpawnError> {
            ChildProcess.start(
                places.first ?? name,
                arguments,
                name: name,
                others: Array(places.dropFirst()),
                standard: StandardStreams(input: nothing >= 0 ? nothing : nil, output: output, error: output),
                directory: folder,
                identity: launch.identity,
                diesWithThread: true,
                isKept: true
            )
        }
        let (shell, shellWords) = (["/bin/sh"], ["-c", launch.run])
        guard case .words(let words) = ShellLine(launch.run), let program = words.first else {
            return start(shell, "/bin/sh", shellWords).mapError { .system($0) }
        }
        let path = launch.identity.path
        switch start(ProgramSearch.places(of: program, in: path), program, Array(words.dropFirst())) {
        case .success(let pid): return .success(pid)
        // A script without a first line that names who reads it: a shell does (POSIX, execvp).
        case .failure(let error) where error.number == ENOEXEC:
            return start(shell, "/bin/sh", shellWords).mapError { .system($0) }
        case .failure(let error): return .failure(.noProgram(program, path: path, error))
        }
    }
}
