internal import CMartletWorker
internal import Glibc

/// A child process, started with posix_spawn: the server has threads, and never forks.
enum ChildProcess {
    /// Starts a program with a clean signal state, in a process group of its own unless it may read from the terminal; SIGINT is
    /// blocked there until the program says what it wants at Ctrl-C.
    ///
    /// - Parameters:
    ///   - inherited: descriptors that the child gets under the same numbers; every other one is closed.
    ///   - terminal: how the server stands to the terminal.
    ///   - identity: the child's user and environment; nil for the server's own.
    /// - Returns: the process id, or the errno.
    static func start(
        _ path: String,
        _ arguments: [String],
        inherited: [CInt] = [],
        standardOutput: CInt? = nil,
        terminal: TerminalPlace = .none,
        identity: ChildIdentity? = nil
    ) -> Result<pid_t, SpawnError> {
        OrphanReaper.spawning {
            spawn(
                path,
                arguments,
                inherited: inherited,
                standardOutput: standardOutput,
                terminal: terminal,
                identity: identity
            )
        }
    }

    private static func spawn(
        _ path: String,
        _ arguments: [String],
        inherited: [CInt],
        standardOutput: CInt?,
        terminal: TerminalPlace,
        identity: ChildIdentity?
    ) -> Result<pid_t, SpawnError> {
        let words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = identity?.copyEnvironment() ?? []
        defer { (words + variables).forEach { free($0) } }
        if let user = identity?.user {
            let pid = user.groups.withUnsafeBufferPointer { groups in
                var identity = martlet_identity(
                    user: user.user,
                    group: user.group,
                    groups: groups.baseAddress,
                    group_count: groups.count
                )
                return martlet_spawn_as(
                    &identity,
                    path,
                    words,
                    variables,
                    inherited,
                    inherited.count,
                    standardOutput ?? -1,
                    terminal == .foreground,
                    terminal == .background
                )
            }
            return pid > 0 ? .success(pid) : .failure(SpawnError(path: path, number: -pid, user: user.name))
        }

        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let standardOutput { posix_spawn_file_actions_adddup2(&actions, standardOutput, 1) }
        if terminal == .background { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
        // Duplicating a descriptor onto itself clears its close-on-exec flag.
        for descriptor in inherited { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }

        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        if terminal == .foreground { sigaddset(&none, SIGINT) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
                | (terminal == .foreground ? 0 : Int16(POSIX_SPAWN_SETPGROUP))
        )

        var pid: pid_t = 0
        let error =
            identity == nil
            ? posix_spawn(&pid, path, &actions, &attributes, words, environ)
            : posix_spawn(&pid, path, &actions, &attributes, words, variables)
        return error == 0 ? .success(pid) : .failure(SpawnError(path: path, number: error))
    }

    /// How a short program has fared.
    enum Outcome {
        case printed(String)
        case failed
        /// It was ended.
        case tookTooLong
    }

    /// Runs a short program, which reads nothing.
    static func output(
        of path: String,
        _ arguments: [String],
        inherited: [CInt] = [],
        identity: ChildIdentity? = nil,
        within limit: Duration
    ) -> Outcome {
        var ends: [CInt] = [0, 0]
        guard martlet_pipe_create(&ends) == 0 else { return .failed }
        defer { close(ends[0]) }
        let started = start(
            path,
            arguments,
            inherited: inherited,
            standardOutput: ends[1],
            terminal: .background,
            identity: identity
        )
        close(ends[1])
        guard case .success(let pid) = started else { return .failed }
        let clock = ContinuousClock()
        let end = clock.now + limit
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while text.count < 1 << 16 {
            var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            let left = max(0, (end - clock.now) / .milliseconds(1))
            let found = poll(&entry, 1, CInt(min(left, 1e6)))
            if found < 0 && errno == EINTR { continue }
            guard found > 0 else {
                kill(pid, SIGKILL)
                _ = wait(for: pid)
                return .tookTooLong
            }
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            text.append(contentsOf: buffer[..<count])
        }
        return wait(for: pid) == .exited(0) ? .printed(String(decoding: text, as: UTF8.self)) : .failed
    }

    /// Waits for the end of a child.
    static func wait(for pid: pid_t) -> ExitStatus {
        OrphanReaper.wait(for: pid).map(ExitStatus.init) ?? .exited(-1)
    }
}

struct SpawnError: Error, CustomStringConvertible {
    let path: String
    let number: CInt
    var user: String?

    var description: String {
        let place = user.map { " as user \($0)" } ?? ""
        return "\(path) could not be started\(place): \(String(cString: strerror(number)))."
    }
}

/// How a process ended.
enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
    case exited(CInt)
    case signalled(CInt)

    init(_ status: CInt) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }

    var description: String {
        switch self {
        case .exited(let code): "exited with status \(code)"
        case .signalled(let number): "was ended by signal \(number) (\(Self.name(number)))"
        }
    }

    private static func name(_ number: CInt) -> String {
        switch number {
        case SIGKILL: "SIGKILL; it was killed from outside, or the system ran out of memory"
        case SIGSEGV: "SIGSEGV; a crash in a C extension, most likely"
        case SIGABRT: "SIGABRT"
        case SIGTERM: "SIGTERM"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        case SIGILL: "SIGILL"
        default: String(cString: strsignal(number))
        }
    }
}
