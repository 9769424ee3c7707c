import Logging
import MartletBytes
import MartletGateway
import MartletServer
import MartletWSGI

/// A site that runs: the server, and a pool of workers for each application.
struct SiteService: Sendable {
    let configuration: SiteConfiguration
    /// One for each application, in their order.
    let interpreters: [Interpreter]
    let logger: Logger
    let surroundings: Surroundings

    /// What the system needs to end processes that were killed. Whatever does not end then is not waited for.
    private static let killTime = Duration.seconds(2)

    /// Starts everything, says so, and serves until TERM or INT.
    ///
    /// - Parameter banner: makes what is said, when the addresses are known.
    /// - Throws: ``SiteStartFailure`` where applications cannot be imported; and what binding and serving throw.
    func run(banner: @Sendable ([BoundAddress]) -> String) async throws {
        let settings = configuration.server(surroundings.sockets)
        try requireResources(settings)
        let server = Server(configuration: settings, logger: logger)
        let addresses = try await server.bind()
        StartSignals.remove(server.socketFiles)
        let pools: [PythonApplication]
        do {
            pools = try await startPools(on: server)
        } catch {
            server.closeNow()
            throw error
        }
        let manager = surroundings.manager
        let reloader = SiteReloader(pools: pools, manager: manager)
        // Before the banner: whoever has read it may ask for the status.
        let control = await ControlServer.start(reloader, logger: logger)
        let end = BoundedWait()
        try await server.serveUntilSignalled(
            application(of: pools),
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
                for pool in pools { pool.killWorkers() }
                end.giveUp(after: Self.killTime)
            },
            afterwards: { remaining in
                control?.closeNow()
                end.giveUp(after: remaining + Self.killTime)
                await end.wait { await shutdown(pools, within: remaining) }
            }
        )
    }

    /// What is opened and started at the start, and when workers are replaced, so that a shortage is said at once and not met later.
    private func requireResources(_ settings: ServerConfiguration) throws {
        var files = settings.descriptors + ControlServer.descriptors
        var threads = settings.threads
        for application in configuration.applications {
            files += PythonApplication.descriptors(for: application.python, eventLoops: settings.eventLoops)
            threads += PythonApplication.threads(for: application.python)
        }
        try OpenFiles.require(files)
        try ThreadSupply.require(threads)
    }

    /// What answers the requests. One application at the root needs nobody to choose it.
    private func application(of pools: [PythonApplication]) -> any Application {
        if let pool = pools.first, pools.count == 1, configuration.applications.first?.path.depth == 0 { return pool }
        return Mounts(zip(configuration.applications, pools).map { Mounts.Mount(path: $0.path, application: $1) })
    }

    /// Starts the pools side by side. All of them have a chance to say what is wrong with them.
    private func startPools(on server: Server) async throws -> [PythonApplication] {
        let results = await withTaskGroup(of: (Int, Result<PythonApplication, any Error>).self) { group in
            for (index, (application, interpreter)) in zip(configuration.applications, interpreters).enumerated() {
                group.addTask { (index, await start(application, interpreter, on: server)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        .sorted { $0.0 < $1.0 }
        var pools: [PythonApplication] = []
        var failures: [SiteStartFailure.Failure] = []
        for (application, (_, result)) in zip(configuration.applications, results) {
            switch result {
            case .success(let pool): pools.append(pool)
            case .failure(let error): failures.append(.init(application: application, error: error))
            }
        }
        guard failures.isEmpty else {
            await shutdown(pools, within: configuration.grace)
            throw SiteStartFailure(failures: failures)
        }
        return pools
    }

    private func start(
        _ application: SiteApplication,
        _ interpreter: Interpreter,
        on server: Server
    ) async -> Result<PythonApplication, any Error> {
        var logger = logger
        if configuration.applications.count > 1 { logger[metadataKey: "app"] = "\(application.path)" }
        do {
            return .success(
                try await PythonApplication.start(
                    application.python,
                    interpreter: interpreter,
                    eventLoops: server.eventLoops,
                    logger: logger
                )
            )
        } catch {
            return .failure(error)
        }
    }

    private func shutdown(_ pools: [PythonApplication], within grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            for pool in pools { group.addTask { await pool.shutdown(grace: grace) } }
        }
    }
}

/// Applications that could not be started.
struct SiteStartFailure: Error {
    struct Failure {
        let application: SiteApplication
        let error: any Error
    }

    let failures: [Failure]
}
