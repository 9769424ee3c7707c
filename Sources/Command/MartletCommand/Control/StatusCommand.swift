import ArgumentParser
import FoundationEssentials
import MartletBytes
import MartletWSGI

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

/// `martlet reload`: new workers import the application, then the former ones drain.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Import the application anew, without losing a request.",
        discussion: "If the application cannot be imported, the former workers go on serving, and the error is shown."
    )

    @Option(help: "The server's process id; needed where several run.") var pid: Int32?

    func run() async throws {
        let answer = try ControlClient.ask(try ControlClient.choose(pid), "POST /reload")
        let text = String(decoding: answer.body, as: UTF8.self)
        guard answer.status == 200 else {
            StandardError.write("Error: \(text)")
            throw ExitCode(1)
        }
        print(text, terminator: "")
    }
}

/// The status as a person reads it.
enum StatusText {
    static func render(_ status: ServerStatus) -> String {
        var lines = ["martlet \(status.version), process \(status.pid)"]
        for application in status.applications {
            let waiting = application.queueLength > 0 ? ", the oldest for \(seconds(application.queueSeconds))" : ""
            lines.append("")
            lines.append("\(application.application) with \(application.python), generation \(application.generation)")
            lines.append("  \(application.queueLength) waiting\(waiting)")
            lines.append("  pid      state     gen  up        served      memory  requests")
            for worker in application.workers {
                lines.append(
                    "  " + "\(worker.pid)".padded(to: 9) + worker.state.padded(to: 10)
                        + "\(worker.generation)".padded(to: 5)
                        + seconds(worker.uptimeSeconds).padded(to: 10) + "\(worker.requestsServed)".padded(to: 12)
                        + "\(worker.memory >> 20) MB".padded(to: 8)
                        + "\(worker.requests.count) of \(application.threads)"
                )
                for request in worker.requests {
                    lines.append("    \(request.id)  \(seconds(request.seconds))  \(request.line)")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func seconds(_ value: Double) -> String {
        switch value {
        case ..<10: "\((value * 10).rounded() / 10) s"
        case ..<120: "\(Int(value)) s"
        case ..<7200: "\(Int(value / 60)) min"
        default: "\(Int(value / 3600)) h"
        }
    }
}
