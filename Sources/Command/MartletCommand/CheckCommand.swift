import ArgumentParser
import MartletBytes
import MartletSettings

/// `martlet check [FILE]`: what is wrong with a configuration file, before anything starts.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with a configuration file, before anything starts.",
        usage: "martlet check [FILE]",
        discussion: """
            Reads the file, looks at the folders and finds the Python of each application. It imports nothing and binds nothing.
            Exits with 0 when the file is right, and with 1 when it is not.

            EXAMPLES:
              martlet check
              martlet check /srv/site/martlet.toml && systemctl restart site
            """
    )

    @Argument(
        help: ArgumentHelp("The file; a folder to find it in; or nothing for the current folder.", valueName: "FILE")
    )
    var file: String?

    func run() throws {
        do {
            let file = try ConfigurationFile(at: file)
            let prepared = try PreparedSite(file)
            print("\(file.text.name) is right.")
            for (route, target) in zip(prepared.site.routes, prepared.targets) {
                print("  \(route.name)  \(target.summary)")
            }
        } catch {
            StandardError.write("\(error)")
            throw ProgramExit.failure.code
        }
    }
}
