import Glibc

/// What each of our programs does before anything else.
package enum ProcessStart {
    /// Opens `/dev/null` if standard input, output or error is closed: otherwise the next file that is opened would get
    /// the number, and the log would be written into it. Then checks that a few files can be opened and threads
    /// started, and that `/proc` is there, which even the command line is read from.
    ///
    /// - Returns: why the program cannot start, or nil.
    package static func problem() -> String? {
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is used, which is this one.
            guard open("/dev/null", O_RDWR) == number else {
                return "Descriptor \(number) is closed, and /dev/null cannot be opened in its place: \(reason())."
            }
        }
        do { try OpenFiles.require(fewestFiles) } catch { return "\(error)" }
        do { try ThreadSupply.require(fewestThreads) } catch { return "\(error)" }
        let file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)
        guard file < 0 else {
            close(file)
            return nil
        }
        return "/proc cannot be read: \(reason()). The command line, processes and sockets are looked up there; "
            + "mount it with 'mount -t proc proc /proc'."
    }

    /// What the runtime has open, and what finding a Python needs. A server needs more, and checks that itself.
    private static let fewestFiles = 16
    /// Those of the runtime, and of finding a Python.
    private static let fewestThreads = 8

    private static func reason() -> String { String(cString: strerror(errno)) }
}
