import Logging
import MartletCGIScripts
import MartletGateway
import MartletProcesses
import MartletSettings
import NIOCore

/// A folder of CGI scripts, or one.
struct ScriptsTarget: PreparedTarget {
    let configuration: ScriptsConfiguration
    private let place: ScriptsPlace

    /// - Throws: ``TargetProblem`` where there is nothing to run, and for a user that it cannot run as.
    init(_ configuration: ScriptsConfiguration) throws(TargetProblem) {
        self.configuration = configuration
        place = ScriptsPlace(configuration.path)
        if let problem = place.problem { throw TargetProblem(key: "cgi", description: "cgi: \(problem)") }
        guard let user = configuration.user else { return }
        do throws(ChildUserError) {
            _ = try ChildUser(user)
        } catch {
            throw TargetProblem(key: "user", description: "user: \(error)")
        }
    }

    var summary: String { place.isFolder ? "CGI scripts of \(configuration.path)" : "CGI script \(configuration.path)" }

    var facts: [(title: String, text: String)] {
        let user = configuration.user.map { ", as user \($0)" } ?? ""
        let most = "at most \(configuration.processes) at a time, \(configuration.queue) requests wait"
        return [("Scripts", place.listing + "; " + most + user)]
    }

    func explanation(of path: [UInt8]) -> [(title: String, text: String)] {
        [("Script", ScriptApplication.explanation(of: path, with: configuration))]
    }

    var concern: TargetProblem? {
        place.concern.map { TargetProblem(key: "cgi", description: "cgi: \($0)") }
    }

    func descriptors(eventLoops: Int) -> Int { ScriptApplication.descriptors(for: configuration) }
    var threads: Int { ScriptApplication.threads(for: configuration) }

    func start(on eventLoops: [any EventLoop], grace: Duration, logger: Logger) async throws -> any RunningTarget {
        try ScriptApplication(configuration)
    }
}

extension ScriptApplication: UnmanagedTarget {}
