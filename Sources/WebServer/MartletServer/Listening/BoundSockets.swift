import MartletGateway

/// The sockets of a configuration, bound and listening: those of the service manager, those of a process whose place this one takes,
/// and its own.
struct BoundSockets {
    private(set) var all: [ListeningSocket] = []
    private(set) var addresses: [BoundAddress] = []

    /// - Parameter user: who gets the Unix sockets; nil for who runs this process.
    /// - Throws: ``AddressInUse``, ``BindFailure``, ``SocketActivationError``; then none is open.
    init(_ configuration: ServerConfiguration, loops: Int, user: ProcessUser?) throws {
        for inherited in configuration.inheritedSockets {
            let socket = ListeningSocket(
                descriptor: inherited.descriptor,
                address: inherited.address,
                scheme: configuration.scheme(of: inherited),
                isInherited: true
            )
            add([socket])
        }
        do {
            for address in configuration.addresses
            where !configuration.inheritedSockets.contains(where: { $0.address.covers(address.address) }) {
                let handed = try HandedSocket.takeOver(address, from: configuration.handedSockets, loops: loops)
                guard handed.isEmpty else {
                    add(handed)
                    continue
                }
                let permissions = configuration.socketPermissions.orOwned(by: user)
                for group in try ListeningSocket.bind(address, count: loops, permissions: permissions) { add(group) }
            }
        } catch {
            all.forEach { $0.discard() }
            throw explained(error)
        }
    }

    /// A name such as localhost stands for several addresses, and an address may have several sockets.
    private mutating func add(_ sockets: [ListeningSocket]) {
        all += sockets
        for socket in sockets where !addresses.contains(BoundAddress(socket)) { addresses.append(BoundAddress(socket)) }
    }

    private func explained(_ error: any Error) -> any Error {
        guard let inUse = error as? AddressInUse, let port = inUse.address.port, port != 0,
            all.contains(where: { $0.address.port == port })
        else { return error }
        let reason = "another address of this server covers it; leave one of them out"
        return BindFailure(address: inUse.address, reason: reason)
    }
}
