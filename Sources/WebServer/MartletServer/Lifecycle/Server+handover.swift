import Glibc
import NIOCore
import Synchronization

/// A listening socket that one server process leaves to another one, which takes its place.
package struct HandedSocket: Sendable, Codable, Equatable {
    package let descriptor: Int32
    /// The address as it was asked for, which says what it is for, also where the system has chosen the port. Nil for one of the
    /// service manager.
    package let asked: String?
    /// Its name in the unit, for one of the service manager.
    package let name: String?

    /// What the service manager had opened, for a process that has not got it from there.
    ///
    /// - Throws: ``SocketActivationError``.
    package func inherited() throws(SocketActivationError) -> InheritedSocket? {
        try name.map { (name) throws(SocketActivationError) in try SocketActivation.socket(descriptor, name) }
    }
}

extension Server {
    /// What another process needs to take this one's place. The sockets stay open here: their queues are shared, so that no client is
    /// refused in between.
    package var handedSockets: [HandedSocket] {
        let names = Dictionary(configuration.inheritedSockets.map { ($0.descriptor, $0.name) }) { first, _ in first }
        return state.withLock(\.sockets).map { socket in
            HandedSocket(
                descriptor: socket.descriptor,
                asked: socket.asked.map { "\($0)" },
                name: names[socket.descriptor]
            )
        }
    }

    /// Stops gracefully, as another process serves now: the queues are left to it, and so are the files of Unix sockets. Clients whose
    /// connection is idle have a moment to send a request that may be on its way.
    package func beginHandover() {
        state.withLock { state in
            state.isHandedOver = true
            for context in state.contexts { context.loop.execute { context.isHandedOver = true } }
        }
        beginShutdown(after: .zero)
    }
}

// MARK: - In the process that takes them over

extension HandedSocket {
    /// The sockets of another process for an address; empty where it has none.
    static func takeOver(
        _ address: ListenAddress,
        from all: [HandedSocket],
        loops: Int
    ) throws(SocketActivationError) -> [ListeningSocket] {
        let handed = all.filter { $0.asked == "\(address)" }
        return try handed.map { (one) throws(SocketActivationError) in
            let real = try SocketActivation.socket(one.descriptor, "\(address)").address
            return ListeningSocket(
                descriptor: one.descriptor,
                address: address.address.isTCP ? real : address.address,
                scheme: address.scheme,
                isInherited: true,
                isOnePerLoop: address.address.isTCP && handed.count % loops == 0,
                asked: address
            )
        }
    }

    /// Closes it, with the file of a Unix socket. One of the service manager is left as it is.
    package func discard() {
        guard let asked, let address = try? ListenAddress(parsing: asked) else { return }
        ListeningSocket(descriptor: descriptor, address: address.address).discard()
    }

    /// Now that this process serves, what it has taken over is its own: it is emptied and removed at the end. What it has no use for
    /// is closed.
    static func own(_ sockets: [ListeningSocket], of all: [HandedSocket]) -> [ListeningSocket] {
        let used = Set(sockets.map(\.descriptor))
        for handed in all where !used.contains(handed.descriptor) { handed.discard() }
        return sockets.map { socket in
            var socket = socket
            if socket.asked != nil { socket.isInherited = false }
            return socket
        }
    }
}
