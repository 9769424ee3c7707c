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
              martlet run hello:app --limit-body 100MB --timeout-idle 30s
            """
    )

    @Argument(help: ArgumentHelp("What to serve, such as hello:app.", valueName: "APP"))
    var application: String

    @OptionGroup(title: "Settings") var options: RunOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions

    func validate() throws {
        do {
            try ApplicationName(parsing: application).check(in: options.directory)
        } catch {
            throw ValidationError("Cannot serve '\(application)': \(error)")
        }
    }

    func run() async throws {
        StartSignals.endProcess()
        let style = Style.forStandardError()
        LoggingSystem.bootstrap { _ in StandardErrorLog(logLevel: options.logLevel, style: style) }
        do {
            try await serve(style: style, logger: Logger(label: "martlet"))
        } catch {
            let failure = RunFailure(error, application: application, directory: options.directory)
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
        let control = await ControlServer.start([pool], logger: logger)
        try await server.serveUntilSignalled(
            pool,
            onHangUp: { pool.reloadInBackground() },
            onSecondSignal: { pool.killWorkers() },
            afterwards: {
                control?.closeNow()
                await pool.shutdown(grace: .seconds(10))
            }
        )
    }
}

// MARK: - What the options say to each layer

extension RunCommand {
    private var serverConfiguration: ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.addresses = options.bind
        configuration.accessLog = options.accessLog
        configuration.limits = limits.limits
        return configuration
    }

    private var pythonConfiguration: PythonConfiguration {
        var configuration = PythonConfiguration(
            application: application,
            python: options.python,
            directory: options.directory,
            workers: options.workers,
            threads: options.threads
        )
        configuration.allowsUnderscores = options.underscores
        return configuration
    }

    private func banner(_ interpreter: Interpreter, _ addresses: [BoundAddress]) -> Banner {
        Banner(
            application: application,
            python: .init(version: interpreter.version, path: interpreter.path, reason: interpreter.reason),
            workers: options.workers,
            threads: options.threads,
            limits: serverConfiguration.limits.summary,
            listeners: addresses.map { .init(url: $0.url, isWildcard: $0.address.isWildcard) }
        )
    }
}

extension BindAddress {
    /// Whether it stands for every address of the machine.
    fileprivate var isWildcard: Bool {
        switch self {
        case .tcp("0.0.0.0", _), .tcp("::", _): true
        default: false
        }
    }
}
