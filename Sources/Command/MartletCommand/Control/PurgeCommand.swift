import ArgumentParser
import MartletPolicies

/// `martlet purge`: throws answers that are kept away.
struct PurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Throw away answers that a response cache keeps.",
        discussion: """
            A URL is written as clients ask for it, with its query; without a scheme it is for http and https, and a path alone for all \
            names. With an asterisk at its end it stands for all that begin so.

            EXAMPLES:
              martlet purge https://example.com/news
              martlet purge 'example.com/blog/*'
              martlet purge --all
            """
    )

    @Argument(help: ArgumentHelp("What is thrown away.", valueName: "url")) var url: String?
    @Flag(help: "Throw away everything.") var all = false
    @Option(help: "The server's process id; needed where several run.") var pid: Int32?

    func validate() throws {
        guard (url == nil) == all else { throw ValidationError("Say what to throw away: a URL, or --all.") }
        guard let url else { return }
        do { _ = try PurgePattern(parsing: url) } catch { throw ValidationError("\(error)") }
    }

    func run() async throws {
        let question = url.map { "POST /purge?\($0)" } ?? "POST /purge"
        try ControlClient.order(try ControlClient.choose(pid), question)
    }
}

extension ResponseCacheReport {
    /// As `martlet status` shows it.
    var line: String {
        let asked = hits + stale + misses
        let share = asked > 0 ? " (\((hits + stale) * 100 / asked) %)" : ""
        let room = "\(memory >> 10) KB of memory" + (disk > 0 ? ", \(disk >> 10) KB on disk" : "")
        return "  \(place): \(answers) answers, \(room); \(hits) hits, \(stale) stale, \(misses) misses\(share)"
    }
}
