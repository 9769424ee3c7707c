import Logging
import MartletFiles
import MartletGateway
import MartletSettings
import NIOCore

/// A folder of files.
struct FilesTarget: PreparedTarget {
    let configuration: FilesConfiguration

    /// - Throws: ``TargetProblem`` for a folder that cannot be entered.
    init(_ configuration: FilesConfiguration) throws(TargetProblem) {
        self.configuration = configuration
        if let problem = FileApplication.problem(with: configuration.root) {
            throw TargetProblem(key: "files", description: "\(configuration.root) cannot be served: \(problem)")
        }
    }

    var summary: String { "files of \(configuration.root)" }

    var facts: [(title: String, text: String)] {
        var parts = [configuration.index.joined(separator: ", ")]
        parts.append(configuration.listing ? "else a listing" : "no listing")
        if let fallback = configuration.fallback { parts.append("\(fallback) where there is no file") }
        parts.append("dotfiles \(configuration.dotfiles ? "shown" : "hidden")")
        return [("Files", parts.joined(separator: "; "))]
    }

    var concern: TargetProblem? {
        guard let fallback = configuration.fallback else { return nil }
        let path = FileSystem.join(configuration.root, fallback)
        if FileSystem.kind(of: path) == .file { return nil }
        return TargetProblem(
            key: "fallback",
            description: "fallback: there is no file \(path), so what is not there is answered with 404"
        )
    }

    func descriptors(eventLoops: Int) -> Int { FileApplication.descriptors(eventLoops: eventLoops) }
    var threads: Int { 0 }

    func start(on eventLoops: [any EventLoop], grace: Duration, logger: Logger) async throws -> any RunningTarget {
        FileApplication(configuration, eventLoops: eventLoops, logger: logger)
    }
}

extension FileApplication: UnmanagedTarget {}
