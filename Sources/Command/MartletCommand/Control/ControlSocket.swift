import Glibc
import MartletSettings

/// Where a running server is asked for its status and told to reload: a Unix socket that only its user can reach.
struct ControlSocket {
    /// The folder of the sockets, one for each server, named by its process id.
    static var folder: String {
        if let runtime = getenv("XDG_RUNTIME_DIR"), runtime.pointee != 0 {
            return String(cString: runtime) + "/martlet"
        }
        return geteuid() == 0 ? "/run/martlet" : "/tmp/martlet-\(geteuid())"
    }

    static func path(of pid: pid_t) -> String { "\(folder)/\(pid).sock" }

    /// Makes the folder, for its owner alone. False where that cannot be: a read-only or foreign folder is no reason to
    /// complain, for most servers are never asked (benoitc/gunicorn#3551).
    static func makeFolder() -> Bool {
        mkdir(folder, 0o700)
        return isOurs()
    }

    /// Whether the folder is one that nobody else could have put there or can change. In /tmp anyone may make one of that name,
    /// with sockets that answer what they like, or a link in its place that leads to files of ours.
    private static func isOurs() -> Bool { FileSystem.isPrivateFolder(folder) }

    /// The servers of this user that run, by process id. Sockets that dead ones left are removed.
    static func servers() -> [pid_t] {
        guard isOurs(), let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".sock"), let pid = pid_t(name.dropLast(5)) else { continue }
            if kill(pid, 0) == 0 || errno == EPERM { found.append(pid) } else { unlink(path(of: pid)) }
        }
        return found.sorted()
    }
}
