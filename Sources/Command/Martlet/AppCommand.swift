internal import ArgumentParser
internal import MartletCommand
internal import MartletSettings

/// What an app's own program can be told on its command line: what `martlet run` can be told of the server.
struct AppCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Serve this app over HTTP.",
        usage: "\(name) [options]",
        discussion: """
            EXAMPLES:
              routes
              --bind 127.0.0.1:8080
              --bind https://127.0.0.1:8443 --tls
              --bind 0.0.0.0:80 --bind unix:/run/app.sock
              --access-log access.log --log-level debug
              --limit-body 100MB --timeout-idle 30s
            """,
        version: "\(name), with Martlet \(Version.current)",
        subcommands: [RoutesCommand.self]
    )

    static let name = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "app"

    @OptionGroup var server: OwnSiteFlags
}
