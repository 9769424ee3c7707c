internal import Glibc

/// Where this process stands at the terminal that its standard input is.
///
/// A process in the background that reads from its terminal is stopped (SIGTTIN), and with it all its requests. So workers share the
/// server's process group where that is in the foreground, for a debugger in the application, and read nothing where it is not.
package enum TerminalPlace: Sendable {
    case none
    case foreground
    case background

    package static var current: TerminalPlace {
        guard isatty(0) == 1 else { return .none }
        let group = tcgetpgrp(0)
        // It is no controlling terminal, and whoever wants to may read it.
        return group < 0 || group == getpgrp() ? .foreground : .background
    }
}
