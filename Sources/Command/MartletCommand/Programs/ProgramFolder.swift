import Glibc
import MartletGateway
import MartletSettings

/// The folder of the sockets that the programs of one target listen at. Nobody else can reach them.
struct ProgramFolder: Sendable {
    let path: String

    /// - Parameter user: who makes sockets there; nil for the server's own.
    /// - Throws: ``ProgramFailure``; `ProcessUserError`.
    init(for user: String?) throws {
        let base =
            getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? getenv("TMPDIR").map { String(cString: $0) }
            ?? "/tmp"
        // A socket's path has 107 bytes at most (unix(7)).
        let home = base.utf8.count < 64 && access(base, W_OK | X_OK) == 0 ? base : "/tmp"
        Self.removeLeftOvers(in: home)
        var template = Array("\(home)/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw ProgramFailure(
                description: "\(home): no folder can be made for sockets: \(String(cString: strerror(errno)))"
            )
        }
        path = String(cString: made)
        guard let user else { return }
        let account = try ProcessUser(user)
        guard chown(path, account.user, account.group) == 0 else {
            throw ProgramFailure(description: "\(path) cannot be given to \(user): \(String(cString: strerror(errno)))")
        }
    }

    private static let prefix = "martlet-programs-"

    /// Those of servers that were killed.
    private static func removeLeftOvers(in home: String) {
        for name in FileSystem.names(in: home) where name.hasPrefix(prefix) {
            let pid = name.dropFirst(prefix.count).prefix { $0 != "-" }
            guard let pid = Int32(pid), pid > 0, kill(pid, 0) != 0, errno == ESRCH else { continue }
            remove(FileSystem.join(home, name))
        }
    }

    private static func remove(_ folder: String) {
        for socket in FileSystem.names(in: folder) { unlink(FileSystem.join(folder, socket)) }
        rmdir(folder)
    }

    func socket(_ number: Int) -> String { FileSystem.join(path, "\(number).sock") }

    /// To be called when no program is left.
    func remove() { Self.remove(path) }
}

/// A program that cannot serve, and why.
struct ProgramFailure: Error, CustomStringConvertible {
    let description: String
}
