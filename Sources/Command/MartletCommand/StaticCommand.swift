import ArgumentParser
import MartletFiles
import MartletGateway
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

    @Argument(help: ArgumentHelp("The folder to serve.", valueName: "DIR"), completion: .directory)
    var folder = "."

    @OptionGroup(title: "Files") var files: SettingFlags<FilesConfiguration>
    @OptionGroup var server: ServerFlags
    @OptionGroup(title: "Development") var development: DevelopmentFlag

    func validate() throws {
        try development.check(beside: server)
        do {
            _ = try FileSystem.existingFolder(folder)
        } catch {
            throw ValidationError("Cannot serve '\(folder)': \(error)")
        }
    }

    /// What they say of the folder.
    private var target: FilesConfiguration {
        var configuration = FilesConfiguration.flagDefaults
        configuration.root = folder
        files.apply(to: &configuration)
        return configuration
    }

    /// What the flags say.
    var site: Site {
        Site(
            server: server.configuration,
            log: server.log,
            defaultHost: Host(routes: [Route(path: .root, target: .files(target))]),
            source: .flags,
            needsDevelopmentCertificate: development.isGiven
        )
    }

    func run() async throws {
        try await site.serve(as: folder == "." ? "the current folder" : folder)
    }
}
