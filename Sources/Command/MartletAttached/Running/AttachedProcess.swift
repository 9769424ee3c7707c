import Dispatch
import Glibc
import MartletProcesses
import Synchronization

/// A process of a command, with a thread that starts it and waits for its end, and one that reads what it writes.
///
/// The rules:
///
/// 1. The system kills the process when its thread ends, so the server leaves none behind, however it ends.
/// 2. It leads a process group of its own. Signals go to all of it, and never after its number may be somebody else's.
/// 3. It reads nothing, and has one pipe for all that it writes. When it has ended, so has its group, and what it wrote has been read: what
///    has left the group and still holds the pipe is not waited for.
final class AttachedProcess: Sendable {
    enum Event: Sendable {
        case started(AttachedProcess)
        case failed(String)
        case line(String)
        case ended(AttachedEnd)
    }

    /// How it is started.
    struct Launch: Sendable {
        let run: String
        let directory: String?
        let identity: ChildIdentity
    }

    let pid: Int32
    private let hasEnded = Mutex(false)

    private init(pid: Int32) { self.pid = pid }

    /// - Parameter onEvent: called on its threads.
    static func start(_ launch: Launch, _ onEvent: @escaping @Sendable (Event) -> Void) {
        let isRunning = ThreadBody { run(launch, onEvent) }.start()
        if !isRunning { onEvent(.failed("the system has no thread left.")) }
    }

    /// Sends a signal to it and to all that it has started.
    func signal(_ number: CInt) {
        hasEnded.withLock { hasEnded in
            if !hasEnded { _ = kill(-pid, number) }
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
        let process: AttachedProcess
        do throws(SpawnError) {
            process = AttachedProcess(pid: try spawn(launch, writingTo: output.writingEnd))
            output.closeWritingEnd()
        } catch {
            output.closeWritingEnd()
            output.finish()
            return onEvent(
                .failed(error.number == ENOENT ? "there is no folder \(launch.directory ?? "")." : "\(error)")
            )
        }
        onEvent(.started(process))
        let status = OrphanReaper.wait(for: process.pid) {
            process.hasEnded.withLock { hasEnded in
                // Its number is its own until its status is taken.
                _ = kill(-process.pid, SIGKILL)
                hasEnded = true
            }
        }
        output.finish()
        let end = status.map(ExitStatus.init) ?? .exited(-1)
        onEvent(.ended(AttachedEnd(text: "\(end)", isSuccess: end == .exited(0))))
    }

    /// O_PATH of asm-generic/fcntl.h, which the C library shows only to programs that ask for GNU's: it need not be readable.
    private static let namesOnly: CInt = 0o10_000_000

    private static func spawn(_ launch: Launch, writingTo output: CInt) throws(SpawnError) -> Int32 {
        var folder: CInt?
        if let directory = launch.directory {
            let descriptor = open(directory, namesOnly | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SpawnError(path: directory, number: errno) }
            folder = descriptor
        }
        defer { if let folder { close(folder) } }
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { if nothing >= 0 { close(nothing) } }
        return try ChildProcess.start(
            "/bin/sh",
            ["-c", launch.run],
            standard: StandardStreams(input: nothing >= 0 ? nothing : nil, output: output, error: output),
            directory: folder,
            identity: launch.identity,
            diesWithThread: true
        ).get()
    }
}
