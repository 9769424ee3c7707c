internal import ArgumentParser
internal import MartletFramework
internal import MartletSettings

extension AppCommand {
    /// What the program is asked to do.
    enum Request {
        case serving(AppCommand)
        case routes(RoutesCommand)
    }

    /// Reads the command line. Help and bad usage are answered here, and end the program.
    static func request(_ arguments: [String]?) -> Request {
        do {
            var command = try parseAsRoot(NegativeValues.joined(arguments ?? Array(CommandLine.arguments.dropFirst())))
            if let serving = command as? AppCommand { return .serving(serving) }
            if let routes = command as? RoutesCommand { return .routes(routes) }
            try command.run()
            exit()
        } catch {
            exit(withError: error)
        }
    }
}

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
