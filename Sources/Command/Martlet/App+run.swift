internal import ArgumentParser
internal import Glibc
internal import Logging
internal import MartletBytes
public import MartletFramework
internal import MartletServer

extension App {
    /// Serves this app until TERM or INT ends it gracefully; a second signal ends it at once.
    ///
    ///     try await app.run()
    ///
    /// The program then takes `--bind HOST:PORT` or `--bind unix:PATH` (several times), `--access-log`, `--log-level` and
    /// `--help`. What keeps it from starting is said on standard error: bad usage ends the program with code 64, faults in the
    /// app's own registrations with 3, anything else with 1.
    ///
    /// - Parameter arguments: those of the command line, without the program's name; by default the process's own.
    public func run(arguments: [String]? = nil) async throws {
        if let problem = ProcessStart.problem() {
            StandardError.write("Error: \(problem)\n")
            Glibc.exit(1)
        }
        let options: RunOptions
        do {
            options = try RunOptions.parse(arguments)
        } catch {
            RunOptions.exit(withError: error)
        }
        do {
            try prepare()
            try await serve(options)
        } catch let error as RegistrationError {
            StandardError.write("This app cannot start:\n" + error.faults.map { "  \($0)\n" }.joined())
            Glibc.exit(3)
        } catch {
            StandardError.write("Error: \(error)\n")
            Glibc.exit(1)
        }
    }

    private func serve(_ options: RunOptions) async throws {
        var logger = Logger(label: "martlet", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = options.logLevel
        let manager = ServiceManager.take()
        let configuration = options.configuration(try SocketActivation.take())
        try OpenFiles.require(configuration.descriptors)
        try ThreadSupply.require(configuration.threads)
        let server = Server(configuration: configuration, logger: logger)
        let addresses = try await server.bind()
        let urls = addresses.map(\.url)
        let banner = RunBanner(routes: try routes().count, urls: urls).text
        try await server.serveUntilSignalled(
            self,
            onReady: {
                StandardError.write(banner)
                manager?.ready("Serving at \(urls.joined(separator: ", "))", loops: server.eventLoops)
            },
            onStop: { manager?.stopping() }
        )
    }
}
