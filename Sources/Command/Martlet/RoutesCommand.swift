internal import ArgumentParser
internal import MartletFramework

/// `blog routes`: what the app answers, instead of serving it.
struct RoutesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes",
        abstract: "List the routes of this app, and where they are registered."
    )

    @Flag(help: "As JSON, with the parameters of the patterns and the types that handlers take.")
    var json = false

    /// - Throws: ``RegistrationError``.
    func list(_ app: App) throws {
        let table = RouteTable(try app.routes())
        print(json ? table.json : table.text, terminator: "")
    }
}
