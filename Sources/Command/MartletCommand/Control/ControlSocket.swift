import Glibc
import MartletGateway
import MartletSettings

/// Where a running server is asked for its status and told to reload: a Unix socket that only its user can reach, and root.
///
/// A server that root has started and that goes on as another user has a folder that root makes for it beside root's own. Nobody else
/// could make one there, so that root can ask it without trusting somebody's folder in /tmp.
///
/// A service of systemd has its socket in the folder that systemd has made for it, if that is private and named like Martlet's:
/// `RuntimeDirectory=martlet…`, `RuntimeDirectoryMode=0700`. Its /tmp may be its own (`PrivateTmp=`), where root finds nothing.
struct ControlSocket {
    /// Where the folders of root's servers are.
    private static var base: String { runtime ?? "/run" }

    private static var runtime: String? {
        getenv("XDG_RUNTIME_DIR").flatMap { $0.pointee == 0 ? nil : String(cString: $0) }
    }

    /// Of a user that root gives a server to.
    private static func folder(of user: UInt32) -> String { "\(base)/martlet-\(user)" }

    /// The folder of this user's sockets, one for each server, named by its process id.
    static var folder: String {
        let given = folder(of: geteuid())
        if FileSystem.isPrivateFolder(given) { return given }
        if let ofService { return ofService }
        if let runtime { return runtime + "/martlet" }
        return geteuid() == 0 ? "/run/martlet" : "/tmp/martlet-\(geteuid())"
    }

    private static var ofService: String? {
        let given = getenv("RUNTIME_DIRECTORY").map { String(cString: $0) } ?? ""
        return given.split(separator: ":").map(String.init).first {
            $0.hasPrefix("/") && isNameOfService(FileSystem.split($0).name) && FileSystem.isPrivateFolder($0)
        }
    }

    /// `martlet` alone is the folder of root's own servers, and `martlet-` before a number that of a user.
    private static func isNameOfService(_ name: String) -> Bool {
        name.hasPrefix("martlet") && name != "martlet" && UInt32(name.dropFirst(8)) == nil
    }

    /// Of all services: only root can have made them, for whoever they belong to.
    private static var ofServices: [String] {
        Set([base, "/run"]).sorted().flatMap { base in
            FileSystem.names(in: base).filter(isNameOfService).map { "\(base)/\($0)" }
        }.filter { path in FileSystem.owner(of: path).map { FileSystem.isPrivateFolder(path, of: $0) } ?? false }
    }

    /// Makes the folder of a user, as root.
    static func makeFolder(for user: String) {
        guard geteuid() == 0, let account = try? ProcessUser(user), account.user != 0 else { return }
        let folder = folder(of: account.user)
        // Whoever has made it before in root's place is not given anything.
        guard mkdir(folder, 0o700) == 0 else { return }
        lchown(folder, account.user, account.group)
    }

    static func path(of pid: pid_t) -> String {
        let paths = folders.flatMap { folder in Role.allCases.map { "\(folder)/\(pid)\($0.rawValue)" } }
        return paths.first { access($0, F_OK) == 0 } ?? ownPath(of: pid)
    }

    /// The end of a socket's name.
    private enum Role: String, CaseIterable {
        case serving = ".sock"
        /// Another process has taken its place, and it finishes what it has: who names no process does not mean it.
        case former = ".former"
    }

    /// Another process serves now in this one's place.
    static func retire() { rename(ownPath(of: getpid()), formerPath(of: getpid())) }

    /// Removes what ``retire()`` has left: the server removes its socket by the name that it had.
    static func removeRetired() { unlink(formerPath(of: getpid())) }

    private static func formerPath(of pid: pid_t) -> String { "\(folder)/\(pid)\(Role.former.rawValue)" }

    static func ownPath(of pid: pid_t) -> String { "\(folder)/\(pid).sock" }

    /// Whether something else has the folder's name: in /tmp anybody can make it first.
    static var isTaken: Bool { FileSystem.kind(of: folder) != .missing && !FileSystem.isPrivateFolder(folder) }

    /// Makes the folder, for its owner alone. False where that cannot be: a read-only or foreign folder is no reason to
    /// complain, for most servers are never asked (benoitc/gunicorn#3551).
    static func makeFolder() -> Bool {
        mkdir(folder, 0o700)
        return FileSystem.isPrivateFolder(folder)
    }

    /// Those whose servers this user may ask. Each is one that nobody else could have put there or can change: in /tmp anyone may
    /// make one of that name, with sockets that answer what they like, or a link in its place that leads to files of ours.
    private static var folders: [String] {
        let usual = runtime.map { $0 + "/martlet" } ?? (geteuid() == 0 ? "/run/martlet" : "/tmp/martlet-\(geteuid())")
        let own = [usual, folder(of: geteuid()), ofService].compactMap { $0 }
        var all = own.filter { FileSystem.isPrivateFolder($0) }
        guard geteuid() == 0 else { return all }
        for name in FileSystem.names(in: base) where name.hasPrefix("martlet-") {
            guard let user = UInt32(name.dropFirst(8)), user != 0 else { continue }
            if FileSystem.isPrivateFolder("\(base)/\(name)", of: user) { all.append("\(base)/\(name)") }
        }
        return all + ofServices
    }

    /// The servers that run, by process id. Sockets that dead ones left are removed.
    static func servers() -> [pid_t] { processes(.serving) }

    /// Those whose place another one has taken, and that still finish what they have.
    static func formerServers() -> [pid_t] { processes(.former) }

    private static func processes(_ role: Role) -> [pid_t] { Set(folders.flatMap { processes(role, in: $0) }).sorted() }

    private static func processes(_ role: Role, in folder: String) -> [pid_t] {
        FileSystem.names(in: folder).compactMap { name in
            guard name.hasSuffix(role.rawValue), let pid = pid_t(name.dropLast(role.rawValue.count)) else { return nil }
            if kill(pid, 0) == 0 || errno == EPERM { return pid }
            unlink("\(folder)/\(name)")
            return nil
        }
    }
}
