package import Logging
import MartletGateway
package import MartletServer

/// The servers of a server: where it tells what it is doing. Each has one event loop of its own, so that it answers when the
/// server's loops are busy, and while they stop.
package struct MonitoringServers: Sendable {
    private struct Entry {
        let setting: String
        let server: Server
        let address: BindAddress
        let url: String

        var hasStatusPage: Bool { setting == "status" }
        /// What the banner calls it.
        var title: String { setting.prefix(1).uppercased() + setting.dropFirst() }
    }

    /// What is served besides each one's own: nothing waits for it.
    private static let grace = Duration.seconds(1)
    /// How many open files each needs: those of an event loop, its socket, and some clients.
    package static let descriptors = 12

    private var entries: [Entry] = []
    /// What a former process had open and this one has no use for.
    private var unused: [HandedSocket] = []
    private let healthPath: String?
    private let history = NumberHistory()

    /// Binds the addresses of a configuration, so that an address that cannot be had is known before anything else starts.
    ///
    /// - Parameter handed: what the process whose place this one takes had open, as its ``handedSockets`` said.
    /// - Throws: ``MonitoringFailure``.
    package init(
        binding configuration: ServerConfiguration,
        takingOver handed: [String: [HandedSocket]] = [:],
        logger: Logger
    ) async throws(MonitoringFailure) {
        healthPath = configuration.healthPath
        let monitoring = configuration.monitoring
        if monitoring.wantsNumbers { MetricsRegistry.bootstrap() }
        if let address = monitoring.metrics, !monitoring.isShared {
            entries.append(try await Self.bind("metrics", at: address, configuration, handed, logger))
        }
        if let address = monitoring.status {
            if let problem = monitoring.problem { throw MonitoringFailure(setting: "status", reason: problem) }
            entries.append(try await Self.bind("status", at: address, configuration, handed, logger))
        }
        let settings = Set(entries.map(\.setting))
        unused = handed.filter { !settings.contains($0.key) }.flatMap(\.value)
    }

    private static func bind(
        _ setting: String,
        at address: BindAddress,
        _ own: ServerConfiguration,
        _ handed: [String: [HandedSocket]],
        _ logger: Logger
    ) async throws(MonitoringFailure) -> Entry {
        var configuration = ServerConfiguration(addresses: [ListenAddress(address)], eventLoops: 1)
        configuration.shutdownGrace = grace
        configuration.handedSockets = handed[setting] ?? []
        configuration.socketPermissions = own.socketPermissions
        configuration.keepsEventLoops = own.keepsEventLoops
        configuration.limits.connections = 64
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        let server = Server(configuration: configuration, logger: quiet)
        do {
            let url = try await server.bind().first?.url ?? "\(address)"
            return Entry(setting: setting, server: server, address: address, url: url)
        } catch {
            throw MonitoringFailure(setting: setting, reason: "\(error)")
        }
    }

    /// Begins to answer.
    package func serve(_ monitored: MonitoredServer) {
        for socket in unused { socket.discard() }
        for entry in entries {
            if entry.hasStatusPage { history.begin(monitored.server) }
            let application = MonitoringApplication(
                monitored,
                at: entry.address,
                healthPath: healthPath,
                page: entry.hasStatusPage ? StatusPage(monitored: monitored, history: history) : nil
            )
            Task { try? await entry.server.serve(application) }
        }
    }

    /// What another process needs to take the places of these, by the name of the setting.
    package var handedSockets: [String: [HandedSocket]] {
        Dictionary(entries.map { ($0.setting, $0.server.handedSockets) }) { first, _ in first }
    }

    /// Another process answers now.
    package func beginHandover() {
        history.end()
        for entry in entries { entry.server.beginHandover() }
    }

    package var socketFiles: [String] { entries.flatMap(\.server.socketFiles) }

    /// What the start banner says of them, behind the addresses of the server itself.
    package var banner: String {
        entries.map { "  " + ($0.title + String(repeating: " ", count: max(1, 11 - $0.title.count))) + $0.url + "\n" }
            .joined()
    }

    package func closeNow() {
        history.end()
        for entry in entries { entry.server.closeNow() }
    }
}

/// An address to tell at what the server is doing cannot be had.
package struct MonitoringFailure: Error, CustomStringConvertible {
    let setting: String
    let reason: String

    package var description: String { "The address of '\(setting)' cannot be used. \(reason)" }
}
