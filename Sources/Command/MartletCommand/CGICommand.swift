import ArgumentParser
import Glibc
import Logging
import MartletBytes
import MartletGateway
import MartletPolicies
import MartletServer
import MartletSettings
import MartletWSGI

/// `martlet cgi APP`: one request, as a web server starts it for each (RFC 3875).
struct CGICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cgi",
        abstract: "Answer one request as a CGI program, for Apache, IIS and others.",
        usage: """
            martlet cgi APP [options]
            martlet cgi --file FILE
            """,
        discussion: """
            The web server in front starts it for each request, by a script such as

              #!/bin/sh
              exec /usr/local/bin/martlet cgi hello:app --chdir /srv/hello

            The request is in the environment and at standard input, the answer goes to standard output, and messages to standard
            error, which is the web server's log. APP is what 'martlet run' takes; FILE is what 'martlet serve' takes, for
            files, proxies and everything else. Nothing listens, and what a site says of addresses, users and certificates is left out.
            Python starts for each request: where that takes too long, have the web server pass requests on to 'martlet run'.

            To try it: REQUEST_METHOD=GET REQUEST_URI=/ martlet cgi hello:app
            """
    )

    @Argument(help: ArgumentHelp("What to serve, such as hello:app.", valueName: "APP"))
    var application: String?

    @Option(name: .customLong("file"), help: "A configuration file, instead of APP.", completion: .file())
    var file: String?

    @OptionGroup(title: "Application") var python: SettingFlags<PythonConfiguration>
    @OptionGroup(title: "Application") var folders: StaticFlag
    @OptionGroup var server: ServerFlags

    func validate() throws {
        switch (application, file) {
        case (nil, nil): throw ValidationError("Name what answers: an APP such as hello:app, or --file FILE")
        case (_?, _?): throw ValidationError("An APP and --file exclude each other: the file names its own")
        case (let application?, nil):
            do {
                try ApplicationName(parsing: application).check(in: python.value.directory ?? ".")
            } catch {
                throw ValidationError("Cannot serve '\(application)': \(error)")
            }
        case (nil, _?): break
        }
    }

    func run() async throws {
        let program: CGIProgram
        do {
            program = try CGIProgram.take()
        } catch {
            StandardError.write("martlet: \(error)\n")
            throw ProgramExit.failure.code
        }
        StartSignals.endProcess()
        let log = LogState(style: Style.forStandardError())
        do {
            let prepared = try prepare()
            log.configuration = prepared.site.log
            log.hide(prepared.site.secrets)
            LoggingSystem.bootstrap { _ in StandardErrorLog(log) }
            let service = RequestService(prepared: prepared, logger: Logger(label: "martlet"))
            if try await !service.answer(program) { throw ProgramExit.failure.code }
        } catch let code as ExitCode {
            throw code
        } catch {
            program.fail()
            let failure = application.map { RunFailure(error, application: $0) } ?? RunFailure(error, in: file ?? "")
            log.say(.critical, failure.text)
            throw failure.status.code
        }
    }

    private func prepare() throws -> PreparedSite {
        if let file { return try PreparedSite(try ConfigurationFile(at: file), isForOneRequest: true) }
        var python = python.value
        python.application = application ?? ""
        python.names = .flags
        let site = Site(
            server: server.configuration,
            log: server.log,
            defaultHost: Host(routes: [Route(path: .root, target: .wsgi(python))] + folders.routes),
            source: .flags
        )
        .forOneRequest()
        return try site.prepared()
    }
}
