import ArgumentParser
import FoundationEssentials
import MartletSettings

/// `martlet status`: what a running server and its workers are doing.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what a running server and its workers are doing."
    )

    @Option(help: "The server's process id; needed where several run.") var pid: Int32?
    @Flag(help: "Print JSON instead of text.") var json = false

    func run() async throws {
        let answer = try ControlClient.ask(try ControlClient.choose(pid), "GET /status")
        if json {
            print(String(decoding: answer.body, as: UTF8.self))
        } else {
            print(
                StatusText.render(try JSONDecoder().decode(ServerStatus.self, from: Data(answer.body))),
                terminator: ""
            )
        }
    }
}

/// `martlet reload`: new workers import the application, then the former ones finish what they have and end.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Import the application anew, without losing a request.",
        discussion: "If the application cannot be imported, the former workers go on serving, and the error is shown."
    )

    @Option(help: "The server's process id; needed where several run.") var pid: Int32?

    func run() async throws {
        try ControlClient.order(try ControlClient.choose(pid), "POST /reload")
    }
}

/// The status as a person reads it.
enum StatusText {
    static func render(_ status: ServerStatus) -> String {
        let isAlone = status.file == nil && status.applications.count == 1
        let targets = status.applications.flatMap { [""] + $0.lines(isAlone: isAlone) }
        let certificates =
            status.certificates.isEmpty ? [] : ["", "Certificates"] + status.certificates.flatMap(\.lines)
        let commands = status.commands.isEmpty ? [] : ["", "Commands"] + status.commands.flatMap(\.lines)
        let caches = status.caches.isEmpty ? [] : ["", "Caches"] + status.caches.map(\.line)
        return (["martlet \(status.version), process \(status.pid)"] + targets + commands + certificates + caches)
            .joined(
                separator: "\n"
            )
            + "\n"
    }
}
