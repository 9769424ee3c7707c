internal import CMartletProcess
internal import Glibc

/// How a process ended.
package enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
    case exited(CInt)
    case signalled(CInt)

    package init(_ status: CInt) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    /// Of a child that has ended and was not waited for yet.
    package init?(ofEnded pid: Int32) {
        let status = martlet_end_status(pid)
        guard status >= 0 else { return nil }
        self.init(status)
    }

    package var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signalled(let number): "was ended by signal \(number) (\(Self.name(number)))"
        }
    }

    private static func name(_ number: CInt) -> String {
        switch number {
        case SIGKILL: "SIGKILL; it was killed from outside, or the system ran out of memory"
        case SIGSEGV: "SIGSEGV; native code has crashed, in Python most likely a C extension"
        case SIGABRT: "SIGABRT"
        case SIGTERM: "SIGTERM"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        case SIGILL: "SIGILL"
        default: String(cString: strsignal(number))
        }
    }
}
