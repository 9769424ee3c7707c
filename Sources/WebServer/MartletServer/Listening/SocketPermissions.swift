import Glibc
import MartletGateway

/// Who may connect to a Unix socket: to connect is to write.
public struct SocketPermissions: Sendable, Hashable {
    /// The bits of chmod(2). By default every user may connect, as with gunicorn (whose `umask` is 0) and uWSGI's
    /// `chmod-socket`: nginx has a user of its own. The folder of the socket can say more.
    public var mode: UInt32
    /// The owner of the socket; nil for the server's own user.
    public var owner: UInt32?
    /// The group of the socket; nil for the server's own group.
    public var group: UInt32?

    public init(mode: UInt32 = 0o666, owner: UInt32? = nil, group: UInt32? = nil) {
        self.mode = mode
        self.owner = owner
        self.group = group
    }

    /// Where nobody is named, they are the server's own, also where that is another user after the start.
    func orOwned(by user: ProcessUser?) -> SocketPermissions {
        guard let user, owner == nil, group == nil else { return self }
        return SocketPermissions(mode: mode, owner: user.user, group: user.group)
    }

    /// Runs a closure that binds a socket with this mode: a chmod(2) afterwards could hit another file.
    func whileBinding<Result>(_ bind: () -> Result) -> Result {
        // The mask belongs to the whole process, but nothing else makes files while sockets are bound.
        let former = umask(~mode & 0o777)
        defer { umask(former) }
        return bind()
    }

    /// Gives the socket at a path to its owner and its group.
    ///
    /// - Returns: the errno, or nil.
    func giveAway(_ path: String) -> CInt? {
        guard owner != nil || group != nil else { return nil }
        guard let file = SocketFile(path), file.owner == geteuid() else { return ENOTSOCK }
        let unchanged = uid_t.max
        return file.give(to: owner ?? unchanged, group ?? unchanged)
    }
}
