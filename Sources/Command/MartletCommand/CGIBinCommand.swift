import ArgumentParser
import MartletCGIScripts
import MartletGateway
import MartletServer
import MartletSettings

/// `martlet cgi-bin DIR`: a folder of CGI scripts, served until TERM or INT.
struct CGIBinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cgi-bin",
        abstract: "Serve CGI scripts.",
        usage: "martlet cgi-bin [DIR] [options]",
        discussion: """
            DIR is a folder of executable files, in whichever language, or one of them, which then answers every path. Without
            it, it is the folder cgi-bin. A script gets the request in variables (RFC 3875), reads its body from standard input, and
            writes a head and a body.

            EXAMPLES:
              martlet cgi-bin
              martlet cgi-bin scripts --bind :8000 --processes 8
              martlet cgi-bin /usr/lib/git-core/git-http-backend --env GIT_PROJECT_ROOT=/srv/git --env GIT_HTTP_EXPORT_ALL=1
            """
    )

    @Argument(help: ArgumentHelp("The folder, or one script.", valueName: "DIR"), completion: .file())
    var path = "cgi-bin"

    @OptionGroup(title: "Scripts") var scripts: SettingFlags<ScriptsConfiguration>
    @OptionGroup var server: ServerFlags
    @OptionGroup(title: "Development") var development: DevelopmentFlag

    func validate() throws {
        try development.check(beside: server)
        if let problem = ScriptsPlace(path).problem { throw ValidationError("Cannot serve '\(path)': \(problem)") }
        if let user = server.configuration.user, let other = scripts.value.user, other != user {
            throw ValidationError("--script-user \(other): \(Site.userProblem(user))")
        }
    }

    /// What the flags say.
    var site: Site {
        var configuration = scripts.value
        configuration.path = path
        var site = Site(
            server: server.configuration,
            log: server.log,
            defaultHost: Host(routes: [Route(path: .root, target: .cgi(configuration))]),
            source: .flags,
            needsDevelopmentCertificate: development.isGiven
        )
        _ = site.shareUser()
        return site
    }

    func run() async throws { try await site.serve(as: path) }
}
