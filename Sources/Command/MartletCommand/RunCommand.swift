import ArgumentParser
import Logging
import MartletServer
import MartletWSGI

/// `martlet run APP`: one Python application, served until TERM or INT.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Serve one Python application.",
        usage: "martlet run APP [options]",
        discussion: """
            APP names what to serve:
            \(ApplicationName.forms.map { "  \($0.text.padded(to: 23))\($0.meaning.replacing("`", with: ""))" }.joined(separator: "\n"))

            EXAMPLES:
              martlet run hello:app
              martlet run shop.wsgi:application --chdir site --workers 4 --threads 8
              martlet run hello.py --bind 0.0.0.0:8000 --bind unix:/run/hello.sock
              martlet run hello:app --python .venv/bin/python
              martlet run hello:app --log-level debug --access-log access.log
            """
    )

    @Argument(help: ArgumentHelp("What to serve, such as hello:app.", valueName: "APP"))
    var application: String

    @Option(Settings.bind) var bind: [BindAddress]
    @Option(Settings.workers) var workers: Int
    @Option(Settings.threads) var threads: Int
    @Option(Settings.python) var python: String?
    @Option(Settings.directory) var directory: String
    @Option(Settings.logLevel) var logLevel: Logger.Level
    @Option(Settings.accessLog) var accessLog: AccessLogTarget

    func validate() throws {
        do {
            try ApplicationName(parsing: application).check(in: directory)
        } catch {
            throw ValidationError("Cannot serve '\(application)': \(error)")
        }
        if let twice = Dictionary(grouping: bind, by: \.self).first(where: {
            $0.value.count > 1 && !$0.key.isChosenLater
        }) {
            throw ValidationError("--bind \(twice.key.text) is given twice")
        }
    }

    func run() async throws {
        let style = Style.forStandardError()
        LoggingSystem.bootstrap { StandardErrorLog(label: $0, logLevel: logLevel, style: style) }
        do {
            try await serve(style: style, logger: Logger(label: "martlet"))
        } catch {
            let failure = RunFailure(error, application: application, directory: directory)
            StandardError.write(failure.text)
            throw failure.status.code
        }
    }

    private func serve(style: Style, logger: Logger) async throws {
        let interpreter = try Interpreter.find(pythonConfiguration)
        let server = Server(configuration: serverConfiguration, logger: logger)
        let addresses = try await server.bind()
        let pool: PythonApplication
        do {
            pool = try await PythonApplication.start(
                pythonConfiguration,
                interpreter: interpreter,
                eventLoops: server.eventLoops,
                logger: logger
            )
        } catch {
            server.closeNow()
            throw error
        }

        StandardError.write(banner(interpreter, addresses).render(style))
        let served: Result<Void, any Error>
        do { served = .success(try await server.serveUntilSignalled(pool)) } catch { served = .failure(error) }
        await pool.shutdown(grace: serverConfiguration.shutdownGrace)
        try served.get()
    }
}

// MARK: - What the options say to each layer

extension RunCommand {
    private var serverConfiguration: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.addresses = bind
        configuration.accessLog = accessLog
        return configuration
    }

    private var pythonConfiguration: PythonConfiguration {
        PythonConfiguration(
            application: application,
            python: python,
            directory: directory,
            workers: workers,
            threads: threads
        )
    }

    private func banner(_ interpreter: Interpreter, _ addresses: [BoundAddress]) -> Banner {
        Banner(
            application: application,
            python: .init(version: interpreter.version, path: interpreter.path, reason: interpreter.reason),
            workers: workers,
            threads: threads,
            limits: serverConfiguration.limits.summary,
            urls: addresses.map(\.url)
        )
    }
}
