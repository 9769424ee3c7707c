import ArgumentParser
import MartletBytes
import MartletServer
import MartletSettings

/// `martlet explain URL`: what a request would meet.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say which site, route and target a request would meet, and why not the others.",
        usage: "martlet explain URL [--file FILE]",
        discussion: """
            Nothing is sent: the configuration file is asked.

            EXAMPLES:
              martlet explain https://example.com/static/logo.svg
              martlet explain /shop/cart --file /srv/site/martlet.toml
            """
    )

    @Argument(help: ArgumentHelp("A URL, or a path alone.", valueName: "URL"))
    var url: String

    @Option(
        help: ArgumentHelp("The file; a folder to find it in. (default: the current folder)", valueName: "FILE"),
        completion: .file()
    )
    var file: String?

    func run() throws {
        do {
            let request = try ExplainedRequest(parsing: url)
            let prepared = try PreparedSite(try ConfigurationFile(at: file))
            print(Explanation(of: request, in: prepared).render(), terminator: "")
        } catch let error as ExplainedRequest.Problem {
            StandardError.write("martlet: \(error); write it like https://example.com/shop, or /shop\n")
            throw ProgramExit.usage.code
        } catch {
            StandardError.write("\(error)")
            throw ProgramExit.failure.code
        }
    }
}
