internal import CMartletProcess
internal import Glibc
internal import MartletProcesses

/// Another server process, which is to take this one's place.
///
/// It is a child of process 1 from its first moment, not of this one: systemd looks whether a main process is a child of its own when it
/// hears of it, and not again. It would kill any other at a stop, without giving it the time to end (`KillMode=mixed`).
package final class Successor: Sendable {
    package let pid: Int32
    private let process: CInt

    /// Starts it in a process group of its own: it does not end with this one.
    ///
    /// - Parameters:
    ///   - inherited: descriptors that it gets under the same numbers.
    ///   - variables: what its environment has besides this one's.
    /// - Throws: what the system says.
    package init(_ path: String, _ arguments: [String], inherited: [CInt], variables: [String: String]) throws {
        let started = ChildProcess.start(
            path,
            arguments,
            inherited: inherited,
            identity: ChildIdentity(variables: variables),
            isOrphan: true
        )
        pid = try started.get()
        process = martlet_pidfd_open(pid)
    }

    deinit {
        if process >= 0 { close(process) }
    }

    /// Sends a signal, if it has not ended.
    package func signal(_ number: CInt) { martlet_pidfd_signal(process, number) }
}
