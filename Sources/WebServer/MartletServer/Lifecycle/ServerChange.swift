/// What another configuration needs of the system, had before anything changes: addresses that are bound, a log that is open.
package struct ServerChange: Sendable {
    let rebinding: Rebinding
    let log: AccessLogChange

    /// - Throws: what ``Server/bind()`` throws; then nothing has changed.
    package init(of server: Server, for wanted: ServerConfiguration) throws {
        log = try AccessLogChange(of: server, for: wanted)
        rebinding = try Rebinding(of: server, for: wanted)
    }

    /// Nothing comes of it.
    package func discard() { rebinding.discard() }

    /// What is to be said of addresses; nil for no change.
    package var summary: String? { rebinding.summary }
}
