internal import CMartletProcess
internal import Glibc
import Synchronization

/// A small process that ends what commands and scripts have started where this process cannot do it any more: it was killed, or has crashed.
///
/// The rules:
///
/// 1. The keeper is started with the first process that needs it, and not before. It is this program again, in a session of its own.
/// 2. It holds one end of a socket, and learns of process groups as they come and go. A process names its own group there before its
///    program runs, so there is no moment at which nobody knows of it.
/// 3. When our end is closed, whatever the reason, it kills all the groups that it knows, and ends.
/// 4. A group is forgotten before the process that leads it is waited for: its number is not somebody else's before that.
/// 5. One that was killed itself is replaced when the next process is started, and told of all groups.
/// 6. Without a keeper processes are started nevertheless: the system still kills each group's leader with this process.
package final class GroupKeeper: Sendable {
    package static let shared = GroupKeeper()
    /// What the program is called with to be a keeper.
    private static let word = "keep-groups"

    fileprivate struct State {
        var pid: Int32 = 0
        /// The number stays the same, whoever is at the other end: a process may be about to use it.
        var socket: CInt = -1
        var groups: Set<Int32> = []
        var isWanted = false
        var onProblem: (@Sendable (String) -> Void)?
    }

    private let state = Mutex(State())

    private init() {}

    /// Whether this process was started to be a keeper. Arguments alone say nothing: a stranger's query can become one (RFC 3875 section
    /// 4.4), but not a socket of this kind.
    package static var isThisProcess: Bool {
        guard CommandLine.arguments.count == 2, CommandLine.arguments[1] == word else { return false }
        var kind: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(0, SOL_SOCKET, SO_TYPE, &kind, &length) == 0 && kind == CInt(SOCK_SEQPACKET.rawValue)
    }

    /// Returns when the process that has started this one is no more.
    package static func run() { martlet_keep_groups(0) }

    /// Has one started when it is needed. For a program that asks ``isThisProcess`` before anything else.
    ///
    /// - Parameter onProblem: is told why there is none.
    package func allow(onProblem: @escaping @Sendable (String) -> Void) {
        state.withLock { state in
            state.isWanted = true
            state.onProblem = onProblem
        }
    }

    /// Where a process that is started names its group; nil where there is no keeper.
    func socket() -> CInt? {
        state.withLock { state in
            guard state.isWanted else { return nil }
            if state.pid > 0, ExitStatus(ofEnded: state.pid) != nil {
                _ = OrphanReaper.wait(for: state.pid)
                state.pid = 0
            }
            if state.pid == 0 { Self.start(&state) }
            return state.pid > 0 ? state.socket : nil
        }
    }

    private static func start(_ state: inout State) {
        var ends: [CInt] = [-1, -1]
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return state.report(errno) }
        let nothing = open("/dev/null", O_WRONLY | O_CLOEXEC)
        let started = ChildProcess.start(
            "/proc/self/exe",
            [word],
            name: CommandLine.arguments.first,
            standard: StandardStreams(input: ends[1], output: nothing, error: nothing),
            // It makes a session of its own, which the leader of a group cannot.
            terminal: .foreground
        )
        close(ends[1])
        if nothing >= 0 { close(nothing) }
        switch started {
        case .success(let pid):
            state.pid = pid
            if state.socket < 0 {
                state.socket = ends[0]
            } else {
                dup2(ends[0], state.socket)
                _ = fcntl(state.socket, F_SETFD, FD_CLOEXEC)
                close(ends[0])
            }
            for group in state.groups { state.tell(group) }
        case .failure(let error):
            close(ends[0])
            state.report(error.number)
        }
    }

    func remember(_ group: Int32) { state.withLock { _ = $0.groups.insert(group) } }

    /// The group is nobody's concern any more. Before its leader is waited for.
    package func forget(_ group: Int32) {
        state.withLock { state in
            if state.groups.remove(group) != nil { state.tell(-group) }
        }
    }
}

extension GroupKeeper.State {
    fileprivate func tell(_ number: Int32) {
        guard pid > 0 else { return }
        withUnsafeBytes(of: number) { _ = send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    fileprivate func report(_ number: CInt) {
        onProblem?(
            "There is no process to end what commands and scripts leave behind if this one is killed: \(String(cString: strerror(number)))."
        )
    }
}
