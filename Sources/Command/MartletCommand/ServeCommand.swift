import ArgumentParser
import Logging
import MartletBytes
import MartletServer
import MartletSettings

/// `martlet serve [FILE]`: what a configuration file says, served until TERM or INT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve what a configuration file says.",
        usage: "martlet serve [FILE]",
        discussion: """
            Without FILE, it is martlet.toml of the current folder, or else [tool.martlet] of its pyproject.toml. A small one:

              bind = ":8000"

              [route."/"]
              wsgi = "hello:app"

              [route."/shop"]
              wsgi = "shop.wsgi:application"
              directory = "shop"

            EXAMPLES:
              martlet serve
              martlet serve /srv/site/martlet.toml
            """
    )

    @Argument(
        help: ArgumentHelp("The file; a folder to find it in; or nothing for the current folder.", valueName: "FILE")
    )
    var file: String?

    func run() async throws {
        StartSignals.endProcess()
        let style = Style.forStandardError()
        var name = file ?? "."
        let secrets = KnownSecrets(Secrets())
        var predecessor: Predecessor?
        do {
            let surroundings = try Surroundings.take()
            predecessor = surroundings.predecessor
            let file = try ConfigurationFile(at: file)
            name = file.text.name
            let prepared = try PreparedSite(file)
            let level = prepared.site.log.level
            secrets.add(prepared.site.secrets)
            LoggingSystem.bootstrap { _ in StandardErrorLog(logLevel: level, style: style, hiding: secrets) }
            let service = SiteService(
                prepared: prepared,
                logger: Logger(label: "martlet"),
                surroundings: surroundings,
                reread: { [path = name] in
                    let next = try PreparedSite(try ConfigurationFile(at: path))
                    secrets.add(next.site.secrets)
                    return next
                }
            )
            try await service.run { addresses, running in
                SiteBanner(file: file.text.name, prepared: prepared, running: running, addresses: addresses).render(
                    style
                )
            }
        } catch {
            let failure = RunFailure(error, in: name)
            StandardError.write(secrets.masked(failure.text))
            predecessor?.failed(secrets.masked(failure.text))
            throw failure.status.code
        }
    }
}
