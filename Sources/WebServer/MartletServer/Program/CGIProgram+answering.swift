import Glibc
package import MartletGateway
import NIOCore
import Synchronization

extension CGIProgram {
    /// Has a server answer the one request, as if it came over a connection, and returns when the answer is out.
    ///
    /// - Returns: whether the web server has taken all of it.
    /// - Throws: what ``bind()`` throws, and ``CGIProgramError``.
    package func answer(by server: Server, with application: some Application) async throws -> Bool {
        var ends: [CInt] = [0, 0]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw CGIProgramError.noDescriptor(reason: String(cString: strerror(errno)))
        }
        let (own, far) = (ends[0], ends[1])
        let isTaken = Mutex(false)
        try await server.serve(application) { _, contexts in
            guard let context = contexts.first else { return }
            let children = Listener.Children(
                loops: [context.loop],
                contexts: [ObjectIdentifier(context.loop): context],
                number: 0,
                isTCP: false,
                certificates: nil,
                spoken: .cgi
            )
            await children.adopt(own, 0)
            CGIRelay(self, far).start { wasTaken in
                isTaken.withLock { $0 = wasTaken }
                server.closeNow()
            }
        }
        return isTaken.withLock { $0 }
    }
}

extension ServerConfiguration {
    /// For one request that a process was started for: it listens nowhere, and the web server that has started it is believed.
    package func forOneRequest() -> ServerConfiguration {
        var configuration = self
        configuration.addresses = []
        configuration.eventLoops = 1
        configuration.inheritedSockets = []
        configuration.monitoring = MonitoringConfiguration()
        configuration.proxyProtocolPeers = []
        configuration.shutdownDelay = .zero
        // Standard output is the answer's, and the web server has a log of its own.
        if accessLog == .standardOutput { configuration.accessLog = .off }
        configuration.tls = TLSSettings()
        configuration.user = nil
        if !trustedProxies.contains(.unix) { configuration.trustedProxies.append(.unix) }
        return configuration
    }
}
