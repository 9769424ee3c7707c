import ArgumentParser
import Logging
import MartletBytes
import MartletGateway
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
              martlet run hello.py --bind :8000 --bind unix:/run/hello.sock
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
            try ApplicationName(parsing: application).check(in: options.directory ?? ".")
        } catch {
            throw ValidationError("Cannot serve '\(application)': \(error)")
        }
    }

    func run() async throws {
        StartSignals.endProcess()
        let style = Style.forStandardError()
        LoggingSystem.bootstrap { _ in StandardErrorLog(logLevel: options.logLevel, style: style) }
        do {
            let surroundings = try Surroundings.take()
            try await serve(style: style, logger: Logger(label: "martlet"), surroundings)
        } catch {
            let failure = RunFailure(error, application: application)
            StandardError.write(failure.text)
            throw failure.status.code
        }
    }

    private func serve(style: Style, logger: Logger, _ surroundings: Surroundings) async throws {
        let pool = options.pool(of: application)
        let interpreter = try Interpreter.find(pool)
        let site = SiteConfiguration(
            addresses: options.bind,
            socketMode: options.socketMode,
            socketOwner: options.socketOwner,
            accessLog: options.accessLog,
            accessLogFormat: options.accessLogFormat,
            trustedProxies: options.trustedProxies.flatMap(\.self),
            forwardedFields: options.forwardedFields,
            grace: options.grace,
            logLevel: options.logLevel,
            limits: limits.limits,
            applications: [SiteApplication(path: .root, python: pool)]
        )
        let service = SiteService(
            configuration: site,
            interpreters: [interpreter],
            logger: logger,
            surroundings: surroundings
        )
        try await service.run { addresses in
            Banner(
                application: application,
                python: .init(version: interpreter.version, path: interpreter.path, reason: interpreter.reason),
                workers: pool.workers,
                threads: pool.threads,
                limits: site.limits.summary,
                listeners: addresses.map { .init(url: $0.url, isWildcard: $0.address.isWildcard) }
            )
            .render(style)
        }
    }
}

extension BindAddress {
    /// Whether it stands for every address of the machine.
    var isWildcard: Bool {
        switch self {
        case .tcp("0.0.0.0", _), .tcp("::", _): true
        default: false
        }
    }
}
