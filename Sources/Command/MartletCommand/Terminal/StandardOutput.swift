import Glibc
import MartletBytes
import MartletSettings

/// What commands print: that it has arrived is known when the last of it is written, at the end of the process.
enum StandardOutput {
    nonisolated(unsafe) private static var wasClosed = false

    /// To be called before anything is opened: the number of a closed one is given to something else.
    static func watch() {
        wasClosed = fcntl(STDOUT_FILENO, F_GETFD) < 0
        atexit {
            guard let reason = StandardOutput.problem() else { return }
            StandardError.write("martlet: what was printed has not arrived on standard output: \(reason).\n")
            _exit(ProgramExit.failure.rawValue)
        }
    }

    /// Why something that was printed has not arrived; nil if all has, or nothing was.
    private static func problem() -> String? {
        // Swift 6 takes the variable of the C library for one that threads compete for.
        guard let variable = dlsym(nil, "stdout"),
            let file = variable.load(as: UnsafeMutablePointer<FILE>?.self), let pending = dlsym(nil, "__fpending")
        else { return nil }
        let isLeft = unsafeBitCast(pending, to: Pending.self)(UnsafeMutableRawPointer(file)) > 0
        if wasClosed { return isLeft ? "it is closed" : nil }
        let hasFailed = ferror(file) != 0
        errno = 0
        guard fflush(file) != 0 || hasFailed else { return nil }
        return errno == 0 ? "it takes no more" : String(cString: strerror(errno))
    }

    private typealias Pending = @convention(c) (UnsafeMutableRawPointer) -> Int
}
