import Glibc
import Logging
import Synchronization

/// Addresses that a server is to listen at besides, bound already, and those that it is to leave.
struct Rebinding: Sendable {
    fileprivate let added: [ListeningSocket]
    fileprivate let left: Set<ListenAddress>
    fileprivate let permissions: SocketPermissions
    fileprivate let ownership: SocketOwnership

    /// What is to be said of it; nil for no change.
    var summary: String? {
        guard !added.isEmpty || !left.isEmpty else { return nil }
        var parts: [String] = []
        let urls = added.map { BoundAddress($0).url }
        if let first = urls.first {
            let others = urls.filter { $0 != first }
            parts.append("listening at " + ([first] + Set(others).sorted()).joined(separator: ", "))
        }
        if !left.isEmpty { parts.append("no longer at " + left.map { "\($0)" }.sorted().joined(separator: ", ")) }
        return parts.joined(separator: ", ")
    }
}

extension Rebinding {
    /// Binds what another configuration asks for besides. Nobody is served there before ``commit(to:)``. Sockets that there are have
    /// their new owner from here on.
    ///
    /// - Throws: what ``Server/bind()`` throws; then nothing has changed.
    init(of server: Server, for wanted: ServerConfiguration) throws {
        let inherited = server.configuration.inheritedSockets
        let addresses = wanted.addresses.filter { one in !inherited.contains { $0.address.covers(one.address) } }
        let known = Set(server.state.withLock(\.sockets).compactMap(\.asked))
        let new = addresses.filter { !known.contains($0) }
        if let secure = new.first(where: { $0.scheme == .https }), wanted.tls.sites.isEmpty {
            throw TLSFailure.noCertificate("\(secure)")
        }
        var added: [ListeningSocket] = []
        do {
            for address in new {
                let groups = try ListeningSocket.bind(
                    address,
                    count: server.eventLoops.count,
                    permissions: wanted.socketPermissions
                )
                added += groups.joined()
            }
            let (sockets, former) = server.state.withLock { ($0.sockets, $0.permissions) }
            ownership = try SocketOwnership(
                of: sockets.filter { $0.asked.map(addresses.contains) ?? false },
                from: former ?? server.configuration.socketPermissions,
                to: wanted.socketPermissions
            )
        } catch let inUse as AddressInUse where inUse.holder?.pid == Int(getpid()) {
            added.forEach { $0.discard() }
            let reason = "this server listens there already in another way; start it anew for that"
            throw BindFailure(address: inUse.address, reason: reason)
        } catch {
            added.forEach { $0.discard() }
            throw error
        }
        self.added = added
        left = known.subtracting(addresses)
        permissions = wanted.socketPermissions
    }

    /// Nothing comes of it.
    func discard() {
        added.forEach { $0.discard() }
        ownership.undo()
    }

    /// The server has the new addresses, and those that it leaves do not count any more.
    ///
    /// - Returns: false where it is stopping, and nothing comes of it.
    func begin(in server: Server) -> Bool {
        let isServing = server.state.withLock { state in
            guard case .serving = state.stage else { return false }
            state.sockets += added
            state.permissions = permissions
            state.noteSecurity(without: left)
            return true
        }
        if !isServing { discard() }
        return isServing
    }

    /// Listens at the new addresses, then leaves the others: what the kernel has accepted there is answered, and connections go on.
    func commit(to server: Server) async {
        let contexts = server.state.withLock(\.contexts)
        do { try await server.listen(added, contexts: contexts) } catch { server.logger.error("\(error)") }
        let leaving = server.state.withLock { state -> [Listener] in
            let leaving = state.listeners.filter { $0.socket.asked.map(left.contains) ?? false }
            state.listeners.removeAll { $0.socket.asked.map(left.contains) ?? false }
            for socket in state.sockets where socket.asked.map(left.contains) ?? false { socket.removeFile() }
            state.sockets.removeAll { $0.asked.map(left.contains) ?? false }
            for socket in state.sockets { socket.setMode(permissions) }
            return leaving
        }
        for listener in leaving { await listener.close() }
    }
}

extension ListeningSocket {
    /// The file of a Unix socket that this server has made; nil for any other.
    var ownPath: String? {
        guard !isInherited, !address.isAbstract, case .unix(let path) = address else { return nil }
        return path
    }

    /// Has another mode say who may connect.
    func setMode(_ permissions: SocketPermissions) {
        if let ownPath { SocketFile(ownPath)?.setMode(permissions.mode) }
    }
}
