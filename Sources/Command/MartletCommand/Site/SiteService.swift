import Logging
import MartletBytes
import MartletGateway
import MartletServer
import MartletSettings

/// A site that is ready to run: of each of its targets is known that what it needs is there.
struct SiteService: Sendable {
    let site: Site
    /// One for each route, in their order.
    let targets: [any PreparedTarget]
    let logger: Logger
    let surroundings: Surroundings

    /// What the system needs to end processes that were killed. Whatever does not end then is not waited for.
    private static let killTime = Duration.seconds(2)

    /// Starts everything, says so, and serves until TERM or INT.
    ///
    /// - Parameter banner: makes what is said, when the addresses are known.
    /// - Throws: ``SiteStartFailure`` where targets cannot be started; and what binding and serving throw.
    func run(banner: @Sendable ([BoundAddress]) -> String) async throws {
        var settings = site.server
        settings.listen(at: surroundings.sockets)
        try requireResources(settings)
        let server = Server(configuration: settings, logger: logger)
        let addresses = try await server.bind()
        StartSignals.remove(server.socketFiles)
        let targets: [any RunningTarget]
        do {
            targets = try await startTargets(on: server)
        } catch {
            server.closeNow()
            throw error
        }
        let manager = surroundings.manager
        let reloader = SiteReloader(targets: targets, manager: manager)
        // Before the banner: whoever has read it may ask for the status.
        let control = await ControlServer.start(reloader, logger: logger)
        let end = BoundedWait()
        try await server.serveUntilSignalled(
            application(of: targets),
            onReady: {
                StandardError.write(banner(addresses))
                manager?.ready(
                    "Serving at \(addresses.map(\.url).joined(separator: ", "))",
                    loops: server.eventLoops
                )
            },
            onHangUp: { Task { await reloader.reloadAndLog() } },
            onStop: { manager?.stopping() },
            onSecondSignal: {
                for target in targets { target.kill() }
                end.giveUp(after: Self.killTime)
            },
            afterwards: { remaining in
                control?.closeNow()
                end.giveUp(after: remaining + Self.killTime)
                await end.wait { await stop(targets, within: remaining) }
            }
        )
    }

    /// What is opened and started at the start, and when workers are replaced, so that a shortage is said at once and not met later.
    private func requireResources(_ settings: ServerConfiguration) throws {
        var files = settings.descriptors + ControlServer.descriptors
        var threads = settings.threads
        for target in targets {
            files += target.descriptors(eventLoops: settings.eventLoops)
            threads += target.threads
        }
        try OpenFiles.require(files)
        try ThreadSupply.require(threads)
    }

    /// What answers the requests. One target at the root needs nobody to choose it.
    private func application(of targets: [any RunningTarget]) -> any Application {
        if let target = targets.first, targets.count == 1, site.routes.first?.path.depth == 0 { return target }
        return Mounts(zip(site.routes, targets).map { Mounts.Mount(path: $0.path, application: $1) })
    }

    /// Starts the targets side by side. All of them have a chance to say what is wrong with them.
    private func startTargets(on server: Server) async throws -> [any RunningTarget] {
        let results = await withTaskGroup(of: (Int, Result<any RunningTarget, any Error>).self) { group in
            for (index, (route, target)) in zip(site.routes, targets).enumerated() {
                group.addTask { (index, await start(target, of: route, on: server)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        .sorted { $0.0 < $1.0 }
        var running: [any RunningTarget] = []
        var failures: [SiteStartFailure.Failure] = []
        for (route, (_, result)) in zip(site.routes, results) {
            switch result {
            case .success(let target): running.append(target)
            case .failure(let error): failures.append(.init(route: route, error: error))
            }
        }
        guard failures.isEmpty else {
            await stop(running, within: site.server.shutdownGrace)
            throw SiteStartFailure(failures: failures)
        }
        return running
    }

    private func start(
        _ target: any PreparedTarget,
        of route: Route,
        on server: Server
    ) async -> Result<any RunningTarget, any Error> {
        var logger = logger
        if targets.count > 1 { logger[metadataKey: "app"] = "\(route.path)" }
        do {
            return .success(
                try await target.start(on: server.eventLoops, grace: site.server.shutdownGrace, logger: logger)
            )
        } catch {
            return .failure(error)
        }
    }

    private func stop(_ targets: [any RunningTarget], within grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            for target in targets { group.addTask { await target.stop(grace: grace) } }
        }
    }
}

/// Targets that could not be started.
struct SiteStartFailure: Error {
    struct Failure {
        let route: Route
        let error: any Error
    }

    let failures: [Failure]
}
