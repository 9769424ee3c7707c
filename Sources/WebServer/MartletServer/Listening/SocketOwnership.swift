import Glibc
import MartletGateway

/// Unix sockets that get another owner while they are listened at.
struct SocketOwnership: Sendable {
    private struct Former: Sendable {
        let path: String
        let owner: uid_t
        let group: gid_t
    }

    private var changed: [Former] = []

    /// Gives sockets to whom another configuration names; where it names nobody, they become the server's own again.
    ///
    /// - Parameter former: what they had so far.
    /// - Throws: ``BindFailure`` where this process may not; then nothing has changed.
    init(
        of sockets: [ListeningSocket],
        from former: SocketPermissions,
        to wanted: SocketPermissions
    ) throws(BindFailure) {
        guard (former.owner, former.group) != (wanted.owner, wanted.group) else { return }
        let (owner, group) = (wanted.owner ?? geteuid(), wanted.group ?? getegid())
        for socket in sockets {
            guard let path = socket.ownPath, let file = SocketFile(path) else { continue }
            // Whoever may write to its folder could have put another socket there.
            guard file.owner == geteuid() || file.owner == former.owner else { continue }
            guard (file.owner, file.group) != (owner, group) else { continue }
            if let problem = file.give(to: owner, group) {
                undo()
                let reason = "the socket cannot be given to its owner: \(ListeningSocket.reason(problem))"
                throw BindFailure(address: socket.address, reason: reason)
            }
            changed.append(Former(path: path, owner: file.owner, group: file.group))
        }
    }

    /// Everything is as it was.
    func undo() {
        for former in changed { _ = SocketFile(former.path)?.give(to: former.owner, former.group) }
    }
}
