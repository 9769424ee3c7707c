import Synchronization

/// The secrets that a log has to leave out: those of the site that runs, and of those before it.
final class KnownSecrets: Sendable {
    private let secrets: Mutex<Secrets>

    init(_ secrets: Secrets) { self.secrets = Mutex(secrets) }

    func add(_ others: Secrets) { secrets.withLock { $0.add(others) } }

    func masked(_ text: String) -> String { secrets.withLock { $0 }.masked(text) }
}
