import ArgumentParser
import Logging
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
        help: ArgumentHelp("The file; a folder to find it in; or nothing for the current folder.", valueName: "FILE"),
        completion: .file()
    )
    var file: String?

    func run() async throws {
        StartSignals.endProcess()
        let log = LogState(style: Style.forStandardError())
        var name = file ?? "."
        var predecessor: Predecessor?
        do {
            let surroundings = try Surroundings.take()
            predecessor = surroundings.predecessor
            let file = try ConfigurationFile(at: file)
            name = file.text.name
            let prepared = try PreparedSite(file)
            log.configuration = prepared.site.log
            log.hide(prepared.site.secrets)
            LoggingSystem.bootstrap { _ in StandardErrorLog(log) }
            let service = SiteService(
                prepared: prepared,
                logger: Logger(label: "martlet"),
                log: log,
                surroundings: surroundings,
                reread: { [path = name] inUse in
                    let next = try PreparedSite(try ConfigurationFile(at: path), inUse: inUse)
                    log.hide(next.site.secrets)
                    return next
                }
            )
            try await service.run { addresses, running in
                SiteBanner(file: file.text.name, prepared: prepared, running: running, addresses: addresses)
                    .render(log.textStyle)
            }
        } catch {
            let failure = RunFailure(error, in: name)
            log.say(.critical, failure.text)
            predecessor?.failed(log.masked(failure.text))
            throw failure.status.code
        }
    }
}
