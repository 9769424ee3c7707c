import Glibc

/// A lock that one process of all that share a folder has, and one task in it. It ends with the process, whatever becomes of that.
package final class FileLock: Sendable {
    private let descriptor: CInt

    private init(_ descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Returns: nil while another one has it.
    /// - Throws: ``StateFolder/Problem`` where there cannot be such a lock.
    package static func take(_ name: String, in folder: StateFolder) throws(StateFolder.Problem) -> FileLock? {
        try folder.make()
        let descriptor = open("\(folder.path)/\(name).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw folder.problem("\(name).lock", "opened") }
        let lock = FileLock(descriptor)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: return nil
            default: throw folder.problem("\(name).lock", "locked")
            }
        }
        return lock
    }
}
