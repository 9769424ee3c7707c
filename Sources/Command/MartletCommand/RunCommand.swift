import ArgumentParser
import MartletGateway
import MartletServer
import MartletSettings
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
              martlet run hello:app --static /static=./static
              martlet run hello:app --tls                  https, with a certificate for this machine
              martlet run hello:app --log-level debug --access-log access.log
              martlet run hello:app --limit-body 100MB --timeout-idle 30s
            """
    )

    @Argument(help: ArgumentHelp("What to serve, such as hello:app.", valueName: "APP"))
    var application: String

    @OptionGroup(title: "Application") var python: SettingFlags<PythonConfiguration>
    @OptionGroup(title: "Application") var folders: StaticFlag
    @OptionGroup var server: ServerFlags
    @OptionGroup(title: "Application") var touch: SettingFlags<TouchConfiguration>
    @OptionGroup(title: "Development") var development: DevelopmentFlag

    func validate() throws {
        try development.check(beside: server)
        if let user = server.configuration.user, let other = python.value.user, other != user {
            throw ValidationError("--worker-user \(other): \(Site.userProblem(user))")
        }
        if let problem = python.value.problem { throw ValidationError("--workers-min: \(problem)") }
        do {
            try ApplicationName(parsing: application).check(in: python.value.directory ?? ".")
        } catch {
            throw ValidationError("Cannot serve '\(application)': \(error)")
        }
    }

    /// What the flags say.
    var site: Site {
        var python = python.value
        python.application = application
        python.names = .flags
        let route = Route(path: .root, target: .wsgi(python))
        var site = Site(
            server: server.configuration,
            log: server.log,
            touch: touch.value,
            defaultHost: Host(routes: [route] + folders.routes),
            source: .flags,
            needsDevelopmentCertificate: development.isGiven
        )
        _ = site.shareUser()
        return site
    }

    func run() async throws { try await site.serve(as: application) }
}
