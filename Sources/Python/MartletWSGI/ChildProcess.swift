internal import CMartletWorker
internal import Glibc

/// A child process: a program that is executed at once, for the server has threads and must not go on in a fork.
enum ChildProcess {
    /// Starts a program with a clean signal state, in a process group of its own so that Ctrl-C in the terminal reaches
    /// the server alone.
    ///
    /// - Parameters:
    ///   - inherited: descriptors that the child gets under the same numbers; every other one is closed.
    ///   - identity: the child's user and environment; nil for the server's own.
    ///   - diesWithThread: whether the child is killed when the calling thread ends.
    /// - Returns: the process id, or the errno.
    static func start(
        _ path: String,
        _ arguments: [String],
        inherited: [CInt] = [],
        standardOutput: CInt? = nil,
        identity: ChildIdentity? = nil,
        diesWithThread: Bool = false
    ) -> Result<pid_t, SpawnError> {
        let words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = identity?.copyEnvironment() ?? []
        defer { (words + variables).forEach { free($0) } }
        return OrphanReaper.spawning {
            let pid = variables.withUnsafeBufferPointer { own in
                let own = identity == nil ? nil : own.baseAddress
                return spawn(path, words, own, inherited, standardOutput, identity?.user, diesWithThread)
            }
            guard pid <= 0 else { return .success(pid) }
            return .failure(SpawnError(path: path, number: -pid, user: identity?.user?.name))
        }
    }

    private static func spawn(
        _ path: String,
        _ words: [UnsafeMutablePointer<CChar>?],
        _ variables: UnsafePointer<UnsafeMutablePointer<CChar>?>?,
        _ inherited: [CInt],
        _ standardOutput: CInt?,
        _ user: WorkerUser?,
        _ diesWithThread: Bool
    ) -> pid_t {
        path.withCString { path in
            words.withUnsafeBufferPointer { words in
                inherited.withUnsafeBufferPointer { inherited in
                    (user?.groups ?? []).withUnsafeBufferPointer { groups in
                        guard let arguments = words.baseAddress else { return -EINVAL }
                        var launch = martlet_launch(
                            path: path,
                            arguments: arguments,
                            environment: variables.map { UnsafeMutablePointer(mutating: $0) } ?? environ,
                            inherited: inherited.baseAddress,
                            inherited_count: inherited.count,
                            standard_output: standardOutput ?? -1,
                            identity: nil,
                            dies_with_thread: diesWithThread
                        )
                        guard let user else { return martlet_spawn(&launch) }
                        let identity = martlet_identity(
                            user: user.user,
                            group: user.group,
                            groups: groups.baseAddress,
                            group_count: groups.count
                        )
                        return withUnsafePointer(to: identity) {
                            launch.identity = $0
                            return martlet_spawn(&launch)
                        }
                    }
                }
            }
        }
    }

    /// What a short program prints; nil where it fails.
    static func output(of path: String, _ arguments: [String], identity: ChildIdentity? = nil) -> String? {
        var ends: [CInt] = [0, 0]
        guard martlet_pipe_create(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        let started = start(path, arguments, standardOutput: ends[1], identity: identity)
        close(ends[1])
        guard case .success(let pid) = started else { return nil }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while text.count < 1 << 16 {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            text.append(contentsOf: buffer[..<count])
        }
        return OrphanReaper.wait(for: pid).map(ExitStatus.init) == .exited(0)
            ? String(decoding: text, as: UTF8.self) : nil
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
