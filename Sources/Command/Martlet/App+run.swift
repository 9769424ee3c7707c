internal import ArgumentParser
internal import Logging
internal import MartletBytes
public import MartletFramework
internal import MartletMonitoring
internal import MartletServer
internal import MartletSettings

extension App {
    /// Serves this app until TERM or INT ends it gracefully; a second signal ends it at once.
    ///
    ///     try await app.run()
    ///
    /// The program then takes the flags of the server and its limits that `martlet run` takes: `--bind HOST:PORT`, `--access-log`,
    /// `--limit-body` and so on; `--help` lists them. What keeps it from starting is said on standard error: bad usage ends the program with code 64, faults in the
    /// app's own registrations with 3, anything else with 1.
    ///
    /// Where a web server starts the program for one request, as a CGI program (RFC 3875: GATEWAY_INTERFACE is in its environment),
    /// it answers that request instead. The arguments of its process are not read then: a stranger may have chosen them (section 4.4).
    ///
    /// - Parameter arguments: those of the command line, without the program's name; by default the process's own.
    public func run(arguments: [String]? = nil) async throws {
        if let problem = ProcessStart.problem() {
            StandardError.write("Error: \(problem)\n")
            ProgramExit.failure.exit()
        }
        let isForOneRequest = CGIProgram.isThisProcess
        let request = AppCommand.request(isForOneRequest ? arguments ?? [] : arguments)
        do {
            let command: AppCommand
            switch request {
            case .routes(let routes): return try routes.list(self)
            case .serving(let serving): command = serving
            }
            if isForOneRequest { return try await answerOneRequest(command.server) }
            try prepare()
            try await serve(command.server)
        } catch let error as RegistrationError {
            StandardError.write("This app cannot start:\n" + error.faults.map { "  \($0)\n" }.joined())
            ProgramExit.importFailed.exit()
        } catch let error as AddressInUse {
            StandardError.write("Error: \(error.text { "--bind \($0)" })\n")
            ProgramExit.failure.exit()
        } catch {
            StandardError.write("Error: \(error)\n")
            ProgramExit.failure.exit()
        }
    }

    static func logger(_ log: LogConfiguration) -> Logger {
        var logger = Logger(label: "martlet") { label -> any LogHandler in
            if log.format == .json { return JSONLog(level: log.level) }
            return StreamLogHandler.standardError(label: label)
        }
        logger.logLevel = log.level
        return logger
    }

    private func serve(_ flags: ServerFlags) async throws {
        let log = flags.log
        let logger = Self.logger(log)
        let manager = ServiceManager.take()
        var configuration = flags.configuration
        configuration.listen(at: try SocketActivation.take())
        let local = configuration.monitoring.servers
        try OpenFiles.require(configuration.descriptors + local * MonitoringServers.descriptors)
        try ThreadSupply.require(configuration.threads + local)
        let server = Server(configuration: configuration, logger: logger)
        let addresses = try await server.bind()
        let urls = addresses.map(\.url)
        let monitors = try await MonitoringServers(binding: configuration, logger: logger)
        monitors.serve(MonitoredServer(server, version: Version.current))
        let banner = RunBanner(routes: try routes().count, urls: urls).text + monitors.banner
        try await server.serveUntilSignalled(
            self,
            onReady: {
                if log.format == .json {
                    StandardError.write(JSONLogRecord(level: .notice, message: banner).render())
                } else {
                    StandardError.write(banner)
                }
                manager?.ready("Serving at \(urls.joined(separator: ", "))", loops: server.eventLoops)
            },
            onStop: { manager?.stopping() },
            afterwards: { _ in monitors.closeNow() }
        )
    }
}
