internal import Glibc
internal import MartletProcesses

/// Another server process, which is to take this one's place.
package struct Successor: Sendable {
    package let pid: Int32

    /// Starts it in a process group of its own: it does not end with this one.
    ///
    /// - Parameters:
    ///   - inherited: descriptors that it gets under the same numbers.
    ///   - variables: what its environment has besides this one's.
    /// - Throws: what the system says.
    package static func start(
        _ path: String,
        _ arguments: [String],
        inherited: [CInt],
        variables: [String: String]
    ) throws -> Successor {
        let started = ChildProcess.start(
            path,
            arguments,
            inherited: inherited,
            identity: ChildIdentity(variables: variables)
        )
        return Successor(pid: try started.get())
    }

    /// Waits for its end, which takes as long as it takes.
    ///
    /// - Returns: how it ended, in words.
    package func waitForEnd() -> String {
        OrphanReaper.wait(for: pid).map { "\(ExitStatus($0))" } ?? "it has ended"
    }
}
