import Logging
import MartletGateway
import MartletServer
import MartletWSGI

/// A site that runs: the server, and a pool of workers for each application.
struct SiteService: Sendable {
    let configuration: SiteConfiguration
    /// One for each application, in their order.
    let interpreters: [Interpreter]
    let logger: Logger

    /// What workers may take to end when no request is left: `atexit` handlers, and threads of the application.
    private static let workerGrace = Duration.seconds(10)

    /// Starts everything, says so, and serves until TERM or INT.
    ///
    /// - Parameter banner: makes what is said, when the addresses are known.
    /// - Throws: ``SiteStartFailure`` where applications cannot be imported; and what binding and serving throw.
    func run(banner: @Sendable ([BoundAddress]) -> String) async throws {
        let server = Server(configuration: configuration.server, logger: logger)
        let addresses = try await server.bind()
        let pools: [PythonApplication]
        do {
            pools = try await startPools(on: server)
        } catch {
            server.closeNow()
            throw error
        }
        // Before the banner: whoever has read it may ask for the status.
        let control = await ControlServer.start(pools, logger: logger)
        try await server.serveUntilSignalled(
            application(of: pools),
            onReady: { StandardError.write(banner(addresses)) },
            onHangUp: { for pool in pools { pool.reloadInBackground() } },
            onSecondSignal: { for pool in pools { pool.killWorkers() } },
            afterwards: {
                control?.closeNow()
                await shutdown(pools)
            }
        )
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
            await shutdown(pools)
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

    private func shutdown(_ pools: [PythonApplication]) async {
        await withTaskGroup(of: Void.self) { group in
            for pool in pools { group.addTask { await pool.shutdown(grace: Self.workerGrace) } }
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
