package import Logging
import MartletFiles
package import MartletGateway
package import NIOCore

/// Upstreams as an application: each request is passed on to one of them.
///
/// The rules:
///
/// 1. A request is passed on over a connection of its own event loop, so that nothing of it changes threads.
/// 2. What is known of the upstreams is common to all loops (``UpstreamGroup``), and decided by values
///    (``UpstreamMachine``). Their protocol is a machine too (``UpstreamCodec``).
/// 3. A slow client holds no upstream: its request is taken in first, and its answer is kept by the server
///    (`Response.bufferLimit`), unless the configuration says otherwise.
package final class ProxyApplication: DirectApplication {
    private let loops: [LoopProxy]
    private let group: UpstreamGroup
    private let checks: HealthChecks?

    /// - Parameter eventLoops: the loops that it will be called on.
    /// - Throws: ``UpstreamTLSError`` for certificates that cannot be used.
    package init(_ configuration: ProxyConfiguration, eventLoops: [any EventLoop], logger: Logger) throws {
        let group = UpstreamGroup(configuration, logger: logger)
        let connector = try UpstreamConnector(configuration)
        let via = Via()
        self.group = group
        let files = configuration.root.map {
            FileApplication(FilesConfiguration(root: $0), eventLoops: eventLoops, logger: logger)
        }
        loops = eventLoops.map {
            LoopProxy(loop: $0, configuration, group: group, connector: connector, files: files, via: via)
        }
        checks = loops.first.flatMap { HealthChecks(configuration, on: $0, logger: logger) }
        checks?.begin()
    }

    /// How many open files it needs: kept connections, and as many again for requests.
    package static func descriptors(_ configuration: ProxyConfiguration, eventLoops: Int) -> Int {
        2 * eventLoops
            * configuration.upstreams.reduce(0) { $0 + max(32, configuration.idleConnections(to: $1)) }
    }

    /// What of a configuration cannot be used; nil if all can.
    package static func problem(with configuration: ProxyConfiguration) -> UpstreamTLSError? {
        guard configuration.authority != nil else { return nil }
        do { _ = try UpstreamTLS.context(configuration, offering: configuration.protocols) } catch { return error }
        return nil
    }

    package func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        let loop = request.connection.eventLoop
        for proxy in loops where proxy.loop === loop { return proxy.begin(request, for: exchange) }
        exchange.fail(UnknownLoop())
    }

    /// Why it cannot answer requests at the moment; nil if it can.
    package var problem: String? { group.areAllDown ? "no upstream answers" : nil }

    package var upstreams: ProxyStatus { ProxyStatus(upstreams: group.status, waiting: group.waiting) }

    /// No new requests come: what is not used is closed. Requests and tunnels go on.
    package func stop() {
        checks?.end()
        for proxy in loops { proxy.loop.execute { proxy.stop() } }
    }

    /// Ends everything at once.
    package func kill() {
        checks?.end()
        for proxy in loops { proxy.loop.execute { proxy.kill() } }
    }
}

/// A programming error: an event loop that was not named at the start.
private struct UnknownLoop: Error {}
