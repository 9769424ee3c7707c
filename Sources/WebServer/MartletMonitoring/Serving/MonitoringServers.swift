package import Logging
import MartletGateway
package import MartletServer

/// The servers of a server: where it tells what it is doing. Each has one event loop of its own, so that it answers when the
/// server's loops are busy, and while they stop.
package struct MonitoringServers: Sendable {
    /// What is served besides each one's own: nothing waits for it.
    private static let grace = Duration.seconds(1)
    /// How many open files each needs: those of an event loop, its socket, and some clients.
    package static let descriptors = 12

    private var servers: [Server] = []
    /// Where they listen, each with its title.
    package private(set) var addresses: [(title: String, url: String)] = []

    /// Begins to answer at the addresses of a configuration; at none where it has none.
    ///
    /// - Throws: ``MonitoringFailure``.
    package init(
        _ configuration: ServerConfiguration,
        of monitored: MonitoredServer,
        logger: Logger
    ) async throws(MonitoringFailure) {
        let monitoring = configuration.monitoring
        if monitoring.wantsNumbers { MetricsRegistry.bootstrap() }
        if let address = monitoring.metrics, address != monitoring.status {
            try await start(
                "metrics",
                "Metrics",
                at: address,
                configuration,
                logger,
                MonitoringApplication(monitored, at: address)
            )
        }
    }

    private mutating func start(
        _ setting: String,
        _ title: String,
        at address: BindAddress,
        _ own: ServerConfiguration,
        _ logger: Logger,
        _ application: MonitoringApplication
    ) async throws(MonitoringFailure) {
        var configuration = ServerConfiguration(addresses: [ListenAddress(address)], eventLoops: 1)
        configuration.shutdownGrace = Self.grace
        configuration.socketPermissions = own.socketPermissions
        configuration.keepsEventLoops = own.keepsEventLoops
        configuration.limits.connections = 64
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        let server = Server(configuration: configuration, logger: quiet)
        do {
            for bound in try await server.bind() { addresses.append((title: title, url: bound.url)) }
        } catch {
            closeNow()
            throw MonitoringFailure(setting: setting, reason: "\(error)")
        }
        servers.append(server)
        Task { try? await server.serve(application) }
    }

    /// What the start banner says of them, behind the addresses of the server itself.
    package var banner: String {
        addresses.map { "  " + ($0.title + String(repeating: " ", count: max(1, 11 - $0.title.count))) + $0.url + "\n" }
            .joined()
    }

    package func closeNow() {
        for server in servers { server.closeNow() }
    }
}

/// An address to tell at what the server is doing cannot be had.
package struct MonitoringFailure: Error, CustomStringConvertible {
    let setting: String
    let reason: String

    package var description: String { "The address of '\(setting)' cannot be used. \(reason)" }
}
