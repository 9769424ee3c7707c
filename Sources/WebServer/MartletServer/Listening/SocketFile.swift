import Glibc

/// The file of a Unix socket, held by its descriptor: the path could name another file by now.
struct SocketFile: ~Copyable {
    private let descriptor: CInt
    let owner: uid_t
    let group: gid_t

    /// Nil where there is no socket.
    init?(_ path: String) {
        let file = open(path, LinuxFlags.path | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { return nil }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK else {
            close(file)
            return nil
        }
        descriptor = file
        owner = facts.st_uid
        group = facts.st_gid
    }

    deinit { close(descriptor) }

    func setMode(_ mode: UInt32) { chmod("/proc/self/fd/\(descriptor)", mode) }

    /// - Returns: the errno, or nil.
    func give(to owner: uid_t, _ group: gid_t) -> CInt? {
        fchownat(descriptor, "", owner, group, LinuxFlags.emptyPath) == 0 ? nil : errno
    }
}
