import Logging
import MartletAttached
import MartletBytes
import MartletGateway
import MartletMonitoring
import MartletPolicies
import MartletProcesses
import MartletServer
import MartletSettings
import MartletWSGI

/// Runs a site: starts everything, serves, and ends everything.
struct SiteService: Sendable {
    let prepared: PreparedSite
    let logger: Logger
    let log: LogState
    let surroundings: Surroundings
    /// Reads the site anew for a reload, with the files of certificates that are in use; nil where it came from a command line.
    var reread: (@Sendable (Set<String>) throws -> PreparedSite)?
    /// What is done around all that is served, when the addresses are taken and the server is its own user.
    var lifetime: Lifetime?

    typealias Lifetime = @Sendable (_ serve: @escaping @Sendable () async throws -> Void) async throws -> Void

    /// What the system needs to end processes that were killed. Whatever does not end then is not waited for.
    private static let killTime = Duration.seconds(2)

    /// Starts everything, says so, and serves until TERM or INT.
    ///
    /// - Parameter banner: makes what is said, when the addresses are known.
    /// - Throws: ``SiteStartFailure`` where targets cannot be started; and what binding and serving throw.
    func run(banner: @escaping @Sendable ([BoundAddress], RunningSite) -> String) async throws {
        var settings = prepared.server
        settings.listen(at: surroundings.sockets)
        settings.handedSockets = surroundings.predecessor?.sockets ?? []
        try requireResources(settings)
        GroupKeeper.shared.allow { [logger] in logger.warning("\($0)") }
        let server = Server(configuration: settings, logger: logger)
        let certificates = AutomaticCertificates(for: server, settings, logger: logger)
        // Without a wait where none is needed: the first thread of a program whose main is asynchronous has to be there still when all
        // threads become another user, and leaves at the first one.
        if prepared.site.hasAutomaticCertificates { await certificates.prepare(prepared.site) }
        if let user = settings.user { ControlSocket.makeFolder(for: user) }
        let addresses = try await server.bind()
        if let user = settings.user { warnOfReloads(as: user) }
        let monitors = try await MonitoringServers(
            binding: settings,
            takingOver: surroundings.predecessor?.monitoring ?? [:],
            logger: logger
        )
        StartSignals.remove(server.socketFiles + monitors.socketFiles)
        for concern in prepared.concerns { logger.warning("\(Sentence.ended(concern))") }
        guard let lifetime else { return try await serve(server, at: addresses, certificates, monitors, banner) }
        do {
            try await lifetime { try await serve(server, at: addresses, certificates, monitors, banner) }
        } catch {
            server.closeNow()
            throw error
        }
    }

    private func serve(
        _ server: Server,
        at addresses: [BoundAddress],
        _ certificates: AutomaticCertificates,
        _ monitors: MonitoringServers,
        _ banner: @Sendable ([BoundAddress], RunningSite) -> String
    ) async throws {
        let starter = TargetStarter(server: server, logger: logger, sockets: surroundings.sockets)
        let running: RunningSite
        do {
            running = try await starter.start(prepared)
        } catch {
            server.closeNow()
            throw error
        }
        let manager = surroundings.manager
        let reloader = SiteReloader(
            running,
            starter: starter,
            certificates: certificates,
            manager: manager,
            log: log,
            reread: reread
        )
        server.readiness.require { [weak reloader] in reloader?.problem }
        // Before the banner: whoever has read it may ask for the status.
        let upgrader = Upgrader(
            server: server,
            monitors: monitors,
            surroundings: surroundings,
            limit: startLimit,
            logger: logger
        )
        let control =
            surroundings.isBehindServer ? nil : await ControlServer.start(reloader, upgrader, logger: logger)
        monitors.serve(MonitoredServer(server, version: Version.current) { await reloader.report() })
        await reloader.followTouches()
        let end = BoundedWait()
        try await server.serveUntilSignalled(
            certificates.answering(running.application, of: prepared.site),
            onReady: {
                surroundings.predecessor?.ready()
                if !surroundings.isBehindServer { log.say(.notice, banner(addresses, running) + monitors.banner) }
                manager?.ready(
                    "Serving at \(addresses.map(\.url).joined(separator: ", "))",
                    loops: server.eventLoops
                )
                certificates.start(prepared.site)
                Task { await reloader.runCommands(isReload: false) }
            },
            onHangUp: { Task { await reloader.reloadAndLog() } },
            onStop: {
                reloader.end()
                certificates.beginEnding()
                upgrader.end()
                manager?.stopping()
            },
            onSecondSignal: {
                for target in reloader.targets { target.kill() }
                reloader.commands.kill()
                end.giveUp(after: Self.killTime)
            },
            afterwards: { remaining in
                control?.end()
                monitors.closeNow()
                end.giveUp(after: remaining + Self.killTime)
                await end.wait {
                    async let commands: Void = reloader.commands.stop(within: remaining)
                    await reloader.targets.stop(within: remaining)
                    await commands
                    await reloader.finish()
                    await certificates.end()
                    await control?.ended()
                }
            }
        )
    }

    /// Root has read everything; a reload reads it again as the user.
    private func warnOfReloads(as user: String) {
        guard let reread else { return }
        do {
            _ = try reread(Set(prepared.site.server.tls.sites.flatMap(\.files)))
        } catch {
            logger.warning("As user '\(user)' the server would refuse every reload until this is mended:\n\(error)")
        }
    }

    /// How long a process that takes this one's place may take to serve: the import of the applications, and time to begin.
    private var startLimit: Duration {
        let imports: [Duration] = prepared.site.routes.compactMap { route in
            switch route.target {
            case .wsgi(let python): python.startTimeout ?? .year
            case .swift(let swift): swift.startTimeout ?? .year
            default: nil
            }
        }
        return (imports.max() ?? .zero) + .seconds(60)
    }

    /// What is opened and started at the start, and when workers are replaced, so that a shortage is said at once and not met later.
    private func requireResources(_ settings: ServerConfiguration) throws {
        var files = settings.descriptors + ControlServer.descriptors
        var threads = settings.threads + settings.monitoring.servers
        files += settings.monitoring.servers * MonitoringServers.descriptors
        for target in prepared.targets {
            files += target.descriptors(eventLoops: settings.eventLoops)
            threads += target.threads
        }
        // A thread that waits for its end and one that reads; two pipes, what is open while it starts.
        let commands = prepared.site.commands.reduce(0) { $0 + $1.command.instances }
        files += commands * 6
        threads += commands * 2
        files += Set(prepared.policies.flatMap(\.routes).compactMap(\.cache)).reduce(0) { $0 + $1.descriptors }
        try OpenFiles.require(files)
        try ThreadSupply.require(threads)
    }
}
