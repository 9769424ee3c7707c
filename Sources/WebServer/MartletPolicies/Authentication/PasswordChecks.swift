import Crypto
import NIOPosix
import Synchronization

/// Checks passwords on threads of its own, and remembers those that were right.
final class PasswordChecks: Sendable {
    /// A try costs a quarter of a second of a core on purpose, so they must not take the threads that files are read on, nor
    /// all cores.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()
    /// Of the whole process, as the threads are.
    private static let queue = Mutex(PasswordQueue())

    /// What was right lately, as a keyed hash of name, password and hash: the memory holds no password.
    private let known = Mutex<Set<[UInt8]>>([])
    private static let knownLimit = 1024
    private static let key = SymmetricKey(size: .bits256)
    /// Checked for users that do not exist, so that it takes as long.
    private let decoy: PasswordHash?

    /// - Parameter hashes: of all users.
    init(_ hashes: some Collection<PasswordHash>) { decoy = hashes.first }

    /// Whether it is known without a check; nil if it has to be looked at.
    func isKnown(_ name: String, _ password: [UInt8], _ hash: PasswordHash?) -> Bool {
        guard let hash else { return false }
        let mark = Self.mark(name, password, hash)
        return known.withLock { $0.contains(mark) }
    }

    /// Nil if too many wait for a check.
    func check(_ name: String, _ password: [UInt8], _ hash: PasswordHash?, of client: ClientKey) async throws -> Bool? {
        guard Self.queue.withLock({ $0.enter(client) }) else { return nil }
        defer { Self.queue.withLock { $0.leave(client) } }
        let decoy = decoy
        let isRight = try await Self.threads.runIfActive {
            let matches = (hash ?? decoy)?.matches(password) ?? false
            return matches && hash != nil
        }
        if isRight, let hash {
            let mark = Self.mark(name, password, hash)
            known.withLock { known in
                if known.count >= Self.knownLimit, let any = known.first { known.remove(any) }
                known.insert(mark)
            }
        }
        return isRight
    }

    private static func mark(_ name: String, _ password: [UInt8], _ hash: PasswordHash) -> [UInt8] {
        var code = HMAC<SHA256>(key: key)
        // Neither a name nor a hash has a NUL in it.
        code.update(data: Array(name.utf8) + [0] + Array(hash.text.utf8) + [0] + password)
        return Array(code.finalize())
    }
}
