package import ArgumentParser
import Glibc

/// The codes that a program of Martlet exits with: `martlet` itself, and an app that runs itself.
package enum ProgramExit: Int32, CaseIterable {
    case success = 0
    case failure = 1
    /// gunicorn exits with 3 as well when a worker cannot boot.
    case importFailed = 3
    /// EX_USAGE of sysexits.h.
    case usage = 64

    package var meaning: String {
        switch self {
        case .success: "stopped by TERM or INT, after the requests in flight were answered"
        case .failure:
            "could not start or go on: no usable Python, address in use, an error in the configuration file, …"
        case .importFailed: "an app could not be imported; the traceback is on standard error"
        case .usage: "the command line is wrong; the message says how to put it right"
        }
    }

    package var code: ExitCode { ExitCode(rawValue) }

    package func exit() -> Never { Glibc.exit(rawValue) }
}
