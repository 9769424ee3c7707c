import Glibc
import Logging
import MartletGateway

/// Has a server that root has started go on as another user, once it has what only root can get.
///
/// The rules:
///
/// 1. All threads change, and at once: that is what the functions of glibc do; the system calls change the calling thread alone.
/// 2. Groups first, the user last: it is the user's change that takes the right away.
/// 3. It is checked on every thread that nothing is left of root: neither an id nor a capability. Whoever cannot be sure does not serve.
enum ServerUser {
    /// A second, in steps of ten milliseconds.
    private static let mostLooks = 100

    /// - Throws: ``ServerUserError``; the process must end then.
    static func become(_ user: ProcessUser) throws(ServerUserError) {
        guard user.user != geteuid() else { return }
        let text = user.name
        // For root these set the saved ids too.
        guard setgroups(user.groups.count, user.groups) == 0, setgid(user.group) == 0, setuid(user.user) == 0
        else { throw ServerUserError.failed(text, String(cString: strerror(errno))) }
        guard setuid(0) != 0, seteuid(0) != 0 else { throw ServerUserError.failed(text, "it could become root again") }
        // A thread that was ending has not changed, and is gone in a moment.
        var problem = leftOver(of: user)
        for _ in 0..<mostLooks where problem != nil {
            usleep(10_000)
            problem = leftOver(of: user)
        }
        if let problem { throw ServerUserError.failed(text, problem) }
    }

    /// Whom it goes on as.
    ///
    /// - Throws: ``ServerUserError`` where this process may not change its user.
    static func account(_ text: String) throws -> ProcessUser {
        let user = try ProcessUser(text)
        guard geteuid() == 0 || user.user == geteuid() && user.group == getegid() else {
            throw ServerUserError.notRoot(text)
        }
        return user
    }

    private static func leftOver(of user: ProcessUser) -> String? {
        let wanted = [
            "Uid:": Array(repeating: "\(user.user)", count: 4), "Gid:": Array(repeating: "\(user.group)", count: 4),
        ]
        let threads = ProcFile.list("/proc/self/task").filter { Int($0) != nil }
        guard !threads.isEmpty else { return "/proc does not tell its threads" }
        for thread in threads {
            let status = ProcFile.read("/proc/self/task/\(thread)/status")
            // It has ended meanwhile. The first thread of a program whose main is asynchronous ends early, and is seen until the process ends.
            if status.isEmpty || status.contains("\nState:\tZ") { continue }
            for line in status.split(separator: "\n") {
                let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
                guard let name = words.first else { continue }
                if let ids = wanted[name], Array(words.dropFirst()) != ids { return "a thread is still root" }
                if ["CapEff:", "CapPrm:", "CapAmb:"].contains(name), words.last?.contains(where: { $0 != "0" }) == true
                {
                    return "it would keep capabilities (\(line)); is there a 'keep-caps' in how it is started?"
                }
            }
        }
        return nil
    }
}

// MARK: - What it has opened as root

extension ServerUser {
    /// Gives a log to the user, so that it can be opened again.
    static func give(_ target: AccessLogTarget, to user: ProcessUser) {
        guard case .file(let path) = target, let file = try? LogFile.open(path) else { return }
        defer { close(file) }
        var facts = stat()
        // A terminal, or the file of somebody else, is not ours to give.
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_uid == 0 else { return }
        _ = fchown(file, user.user, user.group)
    }

    /// Says which files the user cannot read again.
    static func warn(of settings: TLSSettings, _ user: ProcessUser, _ logger: Logger) {
        for path in settings.sites.flatMap(\.files) where access(path, R_OK) != 0 {
            logger.warning(
                """
                \(path) was read as root, and \(user.name) cannot read it: when it is renewed, the former one stays in use until a \
                restart. Give it to a group of \(user.name).
                """
            )
        }
    }
}

/// A server cannot go on as the user that was asked for.
package enum ServerUserError: Error, Sendable, CustomStringConvertible {
    case notRoot(String)
    case failed(String, String)

    package var description: String {
        switch self {
        case .notRoot(let text):
            "Only root can run a server as another user ('\(text)'). Start Martlet as root, or leave the user out."
        case .failed(let text, let reason): "The server cannot go on as user '\(text)': \(reason)."
        }
    }
}
