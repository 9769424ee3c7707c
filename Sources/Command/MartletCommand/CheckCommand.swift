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
            Reads the file, looks at the folders, finds the Python of each application and looks whether the addresses are free. It \
            imports nothing and serves nothing. A running server of the same file is no fault.
            Exits with 0 when the file is right, and with 1 when it is not: also where it could be served, but not as it was meant, \
            as with a certificate that has expired.

            EXAMPLES:
              martlet check
              martlet check /srv/site/martlet.toml && systemctl restart site
            """
    )

    @Argument(
        help: ArgumentHelp("The file; a folder to find it in; or nothing for the current folder.", valueName: "FILE"),
        completion: .file()
    )
    var file: String?

    func run() throws {
        do {
            let file = try ConfigurationFile(at: file)
            let check = try SiteCheck(file)
            let prepared = check.prepared
            print("\(VisibleText.line(file.text.name)) is right.")
            for (route, target) in zip(prepared.site.routes, prepared.targets) {
                print(VisibleText.lines(prepared.site.secrets.masked("  \(route.name)  \(target.summary)")))
            }
            for note in check.notes { print("  note: \(VisibleText.line(note))") }
        } catch {
            StandardError.write("\(error)")
            throw ProgramExit.failure.code
        }
    }
}
