import ArgumentParser
import Logging
import MartletBytes
import MartletFiles
import MartletServer
import MartletSettings

/// `martlet static DIR`: a folder of files, served until TERM or INT.
struct StaticCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "static",
        abstract: "Serve a folder of files.",
        usage: "martlet static [DIR] [options]",
        discussion: """
            Without DIR, it is the current folder. What is in a folder without an index.html is shown, and browsers ask each time
            whether a file has changed: this is for looking at files and for developing. Say --listing off and --cache 30d where it
            is not.

            EXAMPLES:
              martlet static
              martlet static site --bind :8000
              martlet static dist --fallback index.html     an application with its routes in the browser
              martlet static public --try '{path}' --try '{path}.html'
            """
    )

    @Argument(help: ArgumentHelp("The folder to serve.", valueName: "DIR"))
    var folder = "."

    @OptionGroup(title: "Files") var files: SettingFlags<FilesConfiguration>
    @OptionGroup var server: ServerFlags

    func validate() throws {
        do {
            _ = try FileSystem.existingFolder(folder)
        } catch {
            throw ValidationError("Cannot serve '\(folder)': \(error)")
        }
    }

    /// What the flags say.
    var target: FilesConfiguration {
        var configuration = FilesConfiguration(root: folder)
        configuration.listing = true
        configuration.cache = CacheLifetime(seconds: 0)
        files.apply(to: &configuration)
        return configuration
    }

    func run() async throws {
        StartSignals.endProcess()
        let style = Style.forStandardError()
        let level = server.log.level
        LoggingSystem.bootstrap { _ in StandardErrorLog(logLevel: level, style: style) }
        do {
            try await serve(style)
        } catch {
            let failure = RunFailure(error, application: folder)
            StandardError.write(failure.text)
            throw failure.status.code
        }
    }

    private func serve(_ style: Style) async throws {
        let surroundings = try Surroundings.take()
        let logger = Logger(label: "martlet")
        var configuration = server.configuration
        configuration.listen(at: surroundings.sockets)
        try OpenFiles.require(
            configuration.descriptors + FileApplication.descriptors(eventLoops: configuration.eventLoops)
        )
        try ThreadSupply.require(configuration.threads)
        let server = Server(configuration: configuration, logger: logger)
        let addresses = try await server.bind()
        StartSignals.remove(server.socketFiles)
        let target = target
        let banner = Banner(
            name: folder == "." ? "the current folder" : folder,
            facts: [("Files", Self.summary(of: target))],
            limits: configuration.limits.summary,
            listeners: addresses.map(Banner.Listener.init)
        )
        let manager = surroundings.manager
        try await server.serveUntilSignalled(
            FileApplication(target, eventLoops: server.eventLoops, logger: logger),
            onReady: {
                StandardError.write(banner.render(style))
                manager?.ready("Serving at \(addresses.map(\.url).joined(separator: ", "))", loops: server.eventLoops)
            },
            onStop: { manager?.stopping() }
        )
    }

    static func summary(of target: FilesConfiguration) -> String {
        var parts = [target.index.joined(separator: ", "), target.listing ? "else a listing" : "no listing"]
        if let fallback = target.fallback { parts.append("\(fallback) where there is no file") }
        parts.append("dotfiles \(target.dotfiles ? "shown" : "hidden")")
        return parts.joined(separator: "; ")
    }
}
