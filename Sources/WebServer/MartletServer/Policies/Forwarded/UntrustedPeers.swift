import Logging
import Synchronization

/// Logs once per peer that its forwarding fields are removed: a proxy that was forgotten in the settings shows up, and
/// a client that forges fields does not fill the log.
final class UntrustedPeers: Sendable {
    /// How many peers are remembered; each costs some bytes for the life of the server.
    static let limit = 100

    private let told = Mutex<Set<ForwardedResolver.Peer>>([])

    /// - Parameter field: the name of a removed field.
    func note(_ peer: ForwardedResolver.Peer, field: String, logger: Logger) {
        let count = told.withLock { told -> Int? in
            guard told.count < Self.limit, told.insert(peer).inserted else { return nil }
            return told.count
        }
        guard let count else { return }
        let (name, option) =
            switch peer {
            case .address(let address): ("\(address)", "\(address)")
            case .unix: ("a Unix socket", "unix")
            }
        logger.notice(
            """
            \(field) from \(name) is removed, for that peer is not trusted; if it is a proxy of yours, name it with \
            --trusted-proxy \(option)
            """
        )
        if count == Self.limit { logger.notice("fields of further peers that are not trusted are removed in silence") }
    }
}
