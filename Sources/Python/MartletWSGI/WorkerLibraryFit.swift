internal import CMartletProcess
internal import CMartletWorker
internal import Glibc
internal import MartletProcesses

/// Whether a Python can load the library of the workers: it is built for one kind of processor and C library, and Python may be built for
/// another.
package struct WorkerLibraryFit: Sendable {
    /// Why not, in the words of the system; nil if it can.
    package let problem: String?
    /// Whether it is the Python of a virtual environment.
    package let isEnvironment: Bool

    /// As long as ``Interpreter`` waits for a version.
    private static let patience = Duration.seconds(30)

    private static let code = """
        import sys
        print(int(sys.prefix != sys.base_prefix))
        try:
            import ast, difflib, faulthandler, importlib.util, socket, threading, traceback
        except ImportError as error:
            print("this Python has no module '%s': its own library is not whole" % error.name)
            sys.exit()
        try:
            import ctypes
            ctypes.CDLL(sys.argv[1])
        except OSError as error:
            print(error)
        except ImportError:
            pass
        """

    package init(_ interpreter: Interpreter) {
        let library: String
        do { library = try WorkerLaunch.findLibrary() } catch {
            problem = "\(error)"
            isEnvironment = true
            return
        }
        guard let script = try? WorkerLaunch.memoryFile(of: Array(Self.code.utf8)) else {
            problem = "no file in memory can be made"
            isEnvironment = true
            return
        }
        defer { close(script) }
        let words = ["/dev/fd/\(script)", library]
        switch ChildProcess.output(of: interpreter.path, words, inherited: [script], within: Self.patience) {
        case .printed(let text):
            let lines = text.split(separator: "\n").map(String.init)
            isEnvironment = lines.first == "1"
            problem = lines.count > 1 ? lines[1] : nil
        case .failed(let status):
            isEnvironment = true
            problem = "Python \(status.map { "\($0)" } ?? "ends") while it loads \(library)"
        case .tookTooLong:
            isEnvironment = true
            problem = "Python has not loaded \(library) within 30 s"
        }
    }
}

/// What the workers are reached through, as far as this kernel, and a sandbox around this process, have it.
package enum KernelFeatures {
    package static var hasMemoryFiles: Bool { isThere { (try? WorkerLaunch.memoryFile(of: [0])) ?? -1 } }

    package static var hasProcessDescriptors: Bool { isThere { martlet_pidfd_open(getpid()) } }

    private static func isThere(_ open: () -> CInt) -> Bool {
        let descriptor = open()
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
