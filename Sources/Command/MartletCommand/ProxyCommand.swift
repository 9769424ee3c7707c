import ArgumentParser
import MartletGateway
import MartletProxy
import MartletServer
import MartletSettings

/// `martlet proxy URL`: one or several upstreams, served until TERM or INT.
struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Pass requests on to another server.",
        usage: "martlet proxy URL [URL …] [options]",
        discussion: """
            A URL without a path gets the path of each request as it is; a path of its own is put before it. Several URLs share the
            requests.

            EXAMPLES:
              martlet proxy http://127.0.0.1:3000
              martlet proxy http://127.0.0.1:3000 --bind :8000 --tls
              martlet proxy http://unix:/run/app.sock
              martlet proxy http://10.0.0.1:3000 http://10.0.0.2:3000 --balance least-connections
              martlet proxy https://example.com --pass-host upstream
            """
    )

    @Argument(
        help: ArgumentHelp("Where requests are passed on to, such as http://127.0.0.1:3000.", valueName: "URL")
    )
    var urls: [String]

    @OptionGroup(title: "Upstreams") var proxy: SettingFlags<ProxyConfiguration>
    @OptionGroup var server: ServerFlags
    @OptionGroup(title: "Development") var development: DevelopmentFlag

    func validate() throws {
        try development.check(beside: server)
        do {
            _ = try target
        } catch {
            throw ValidationError("Cannot pass requests on: \(error)")
        }
    }

    /// What they say of the upstreams.
    private var target: ProxyConfiguration {
        get throws {
            var configuration = proxy.value
            configuration.upstreams = try urls.map { try UpstreamURL(parsing: $0) }
            _ = try ProxyTarget(configuration)
            return configuration
        }
    }

    func run() async throws {
        // Checked by `validate`.
        let target = try target
        let site = Site(
            server: server.configuration,
            log: server.log,
            defaultHost: Host(routes: [Route(path: .root, target: .proxy(target))]),
            source: .flags,
            needsDevelopmentCertificate: development.isGiven
        )
        try await site.serve(as: target.upstreams.map(\.name).joined(separator: ", "))
    }
}
