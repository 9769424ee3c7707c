internal import CMartletProcess
internal import Glibc
internal import MartletGateway

/// A child process: a program that is executed at once, for the server has threads and must not go on in a fork.
package enum ChildProcess {
    /// Starts a program with a clean signal state, in a process group of its own unless it may read from the terminal; SIGINT is
    /// blocked there until the program says what it wants at Ctrl-C.
    ///
    /// - Parameters:
    ///   - inherited: descriptors that the child gets under the same numbers; every other one is closed.
    ///   - directory: the folder that it begins in, open; nil for the server's own.
    ///   - terminal: how the server stands to the terminal.
    ///   - identity: the child's user and environment; nil for the server's own.
    ///   - diesWithThread: whether the child is killed when the calling thread ends.
    ///   - isKept: whether its process group, which it has to lead, ends with this process: see ``GroupKeeper``. It is told of the group
    ///     until it is asked to forget it.
    ///   - isOrphan: whether its parent is process 1 instead of this one, which cannot wait for it then.
    ///   - name: what the program finds as its own name, where that is not its path.
    ///   - others: tried in their order where there is no program `path`, or it may not be run.
    /// - Returns: the process id, or the errno.
    package static func start(
        _ path: String,
        _ arguments: [String],
        name: String? = nil,
        others: [String] = [],
        inherited: [CInt] = [],
        standard: StandardStreams = StandardStreams(),
        directory: CInt? = nil,
        terminal: TerminalPlace = .none,
        identity: ChildIdentity? = nil,
        diesWithThread: Bool = false,
        isKept: Bool = false,
        isOrphan: Bool = false
    ) -> Result<Int32, SpawnError> {
        let words: [UnsafeMutablePointer<CChar>?] = ([name ?? path] + arguments).map { strdup($0) } + [nil]
        let paths: [UnsafeMutablePointer<CChar>?] = ([path] + others).map { strdup($0) } + [nil]
        let variables = identity?.copyEnvironment() ?? []
        defer { (words + paths + variables).forEach { free($0) } }
        let keeper = isKept ? GroupKeeper.shared.socket() : nil
        let result = OrphanReaper.spawning { () -> Result<Int32, SpawnError> in
            let pid = paths.map { UnsafePointer($0) }.withUnsafeBufferPointer { paths in
                withUnsafeBuffers(words, variables, inherited, identity?.user?.account.groups ?? []) {
                    (words, variables, inherited, groups) -> Int32 in
                    guard let arguments = words.baseAddress, let paths = paths.baseAddress else { return -EINVAL }
                    var launch = martlet_launch(
                        paths: paths,
                        arguments: arguments,
                        environment: identity == nil
                            ? environ : UnsafeMutablePointer(mutating: variables.baseAddress) ?? environ,
                        inherited: inherited.baseAddress,
                        inherited_count: inherited.count,
                        standard_input: standard.input ?? -1,
                        standard_output: standard.output ?? -1,
                        standard_error: standard.error ?? -1,
                        directory: directory ?? -1,
                        keeper: keeper ?? -1,
                        identity: nil,
                        in_foreground: terminal == .foreground,
                        without_input: terminal == .background,
                        dies_with_thread: diesWithThread,
                        is_orphan: isOrphan
                    )
                    guard let user = identity?.user, !user.isOwn else { return martlet_spawn(&launch) }
                    let identity = martlet_identity(
                        user: user.account.user,
                        group: user.account.group,
                        groups: groups.baseAddress,
                        group_count: groups.count
                    )
                    return withUnsafePointer(to: identity) {
                        launch.identity = $0
                        return martlet_spawn(&launch)
                    }
                }
            }
            guard pid <= 0 else { return .success(pid) }
            return .failure(SpawnError(path: path, number: -pid, user: identity?.user?.name))
        }
        if keeper != nil, case .success(let pid) = result { GroupKeeper.shared.remember(pid) }
        return result
    }

    private static func withUnsafeBuffers<A, B, C, D, Result>(
        _ a: [A],
        _ b: [B],
        _ c: [C],
        _ d: [D],
        _ body: (
            UnsafeBufferPointer<A>, UnsafeBufferPointer<B>, UnsafeBufferPointer<C>, UnsafeBufferPointer<D>
        ) -> Result
    ) -> Result {
        a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                c.withUnsafeBufferPointer { c in d.withUnsafeBufferPointer { body(a, b, c, $0) } }
            }
        }
    }

    /// Makes a pipe, the end to read from and the end to write to, which no child gets by itself.
    package static func makePipe(_ ends: inout [CInt]) -> Bool {
        // Every child of this process is started with all descriptors closed that it is not to have.
        guard pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return true
    }

    /// How a short program has fared.
    package enum Outcome {
        case printed(String)
        /// It could not be started, or says by its status that it has failed.
        case failed(ExitStatus?)
        /// It was ended.
        case tookTooLong
    }

    /// Runs a short program, which reads nothing.
    ///
    /// - Parameter longest: of what it prints, so much is read.
    package static func output(
        of path: String,
        _ arguments: [String],
        inherited: [CInt] = [],
        identity: ChildIdentity? = nil,
        atMost longest: Int = 1 << 16,
        within limit: Duration
    ) -> Outcome {
        var ends: [CInt] = [0, 0]
        guard makePipe(&ends) else { return .failed(nil) }
        defer { close(ends[0]) }
        let started = start(
            path,
            arguments,
            inherited: inherited,
            standard: StandardStreams(output: ends[1]),
            terminal: .background,
            identity: identity
        )
        close(ends[1])
        guard case .success(let pid) = started else { return .failed(nil) }
        let clock = ContinuousClock()
        let end = clock.now + limit
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while text.count < longest {
            var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            let left = max(0, (end - clock.now) / .milliseconds(1))
            let found = poll(&entry, 1, CInt(min(left, 1e6)))
            if found < 0 && errno == EINTR { continue }
            guard found > 0 else {
                kill(pid, SIGKILL)
                _ = OrphanReaper.wait(for: pid)
                return .tookTooLong
            }
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            text.append(contentsOf: buffer[..<count])
        }
        let status = OrphanReaper.wait(for: pid).map(ExitStatus.init)
        return status == .exited(0) ? .printed(String(decoding: text, as: UTF8.self)) : .failed(status)
    }
}

/// What a child has as its standard streams; nil for the server's own.
package struct StandardStreams: Sendable {
    package var input: CInt?
    package var output: CInt?
    package var error: CInt?

    package init(input: CInt? = nil, output: CInt? = nil, error: CInt? = nil) {
        self.input = input
        self.output = output
        self.error = error
    }
}

package struct SpawnError: Error, CustomStringConvertible {
    package let path: String
    package let number: CInt
    package var user: String?

    package init(path: String, number: CInt, user: String? = nil) {
        self.path = path
        self.number = number
        self.user = user
    }

    package var description: String {
        let place = user.map { " as user \($0)" } ?? ""
        return "\(path) could not be started\(place): \(String(cString: strerror(number)))."
    }
}
