internal import ArgumentParser
internal import MartletBytes
internal import MartletCommand
public import MartletFramework
internal import MartletServer
internal import MartletSettings

extension App {
    /// Serves this app until TERM or INT ends it gracefully; a second signal ends it at once.
    ///
    ///     try await app.run()
    ///
    /// The program then takes the flags of the server and its limits that `martlet run` takes: `--bind https://HOST:PORT`, `--tls`, `--static`,
    /// `--access-log`, `--limit-body` and so on; `--help` lists them. `martlet status`, `martlet reload` and `martlet upgrade` know it as they
    /// know every server. What keeps it from starting is said on standard error: bad usage ends the program with code 64, faults in the
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
            if isForOneRequest { return try await answerOneRequest(command) }
            let site = try command.server.site(of: ownApplication(name: AppCommand.name))
            try await site.serve { serve in
                try await self.withLifetime(grace: site.grace, logger: site.logger, serve)
            }
        } catch let error as RegistrationError {
            StandardError.write("This app cannot start:\n" + error.faults.map { "  \($0)\n" }.joined())
            ProgramExit.importFailed.exit()
        } catch {
            AppCommand.exit(withError: error)
        }
    }

    private func answerOneRequest(_ command: AppCommand) async throws {
        let program = try CGIProgram.take()
        let isTaken: Bool
        do {
            let site = try command.server.site(of: ownApplication(name: AppCommand.name))
            isTaken = try await withLifetime(grace: site.grace, logger: site.logger) { try await site.answer(program) }
        } catch {
            program.fail()
            throw error
        }
        (isTaken ? ProgramExit.success : .failure).exit()
    }
}
