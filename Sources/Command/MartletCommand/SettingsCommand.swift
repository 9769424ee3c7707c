import ArgumentParser

/// `martlet settings --markdown`: prints the reference page that `make docs` writes.
struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Print the reference page of the settings.",
        shouldDisplay: false
    )

    @Flag(help: "Print Markdown.") var markdown = false

    func validate() throws {
        guard markdown else { throw ValidationError("The only form there is: martlet settings --markdown") }
    }

    func run() {
        print(SettingsPage.render(), terminator: "")
    }
}
