import ArgumentParser
import MartletImport

/// `martlet settings --markdown`: prints the reference pages that `make docs` writes.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Print the reference page of the settings.",
        shouldDisplay: false
    )

    @Flag(help: "Print Markdown.") var markdown = false
    @Flag(name: .customLong("import"), help: "The page of what is translated.") var isOfImport = false

    func validate() throws {
        guard markdown else { throw ValidationError("The only form there is: martlet settings --markdown") }
    }

    func run() {
        print(isOfImport ? ImportPage.render() : SettingsPage.render(), terminator: "")
    }
}
