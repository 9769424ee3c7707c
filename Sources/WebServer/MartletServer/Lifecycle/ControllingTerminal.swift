import Glibc

/// The terminal that a process was started at, which may go away: a window is closed, a connection is lost.
///
/// The kernel and the shell say so with HUP, by which servers are told to reload as well. A process that `nohup` has started ignores HUP
/// and is to go on; one that a service manager has started has no terminal.
package struct ControllingTerminal: Sendable {
    private let wasThere: Bool

    /// As it is when this is first asked for, which has to be before anybody listens for HUP.
    package static let atStart = ControllingTerminal()

    private init() {
        var former = sigaction()
        sigaction(SIGHUP, nil, &former)
        let isIgnored = unsafeBitCast(former.__sigaction_handler.sa_handler, to: Int.self) == 1
        wasThere = !isIgnored && Self.isThere
    }

    /// Whether it was there, and is no more.
    var isGone: Bool { wasThere && !Self.isThere }

    private static var isThere: Bool {
        let descriptor = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
