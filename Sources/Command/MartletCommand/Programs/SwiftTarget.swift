import Logging
import MartletGateway
import MartletProxy
import MartletSettings
import NIOCore

/// A Swift program that is there.
struct SwiftTarget: PreparedTarget {
    let configuration: SwiftConfiguration

    /// - Throws: ``TargetProblem`` for a program that is not there.
    init(_ configuration: SwiftConfiguration) throws(TargetProblem) {
        self.configuration = configuration
        guard configuration.build == nil else { return }
        let program = configuration.program
        guard FileSystem.isRegularFile(program) else {
            throw TargetProblem(
                key: "swift",
                description: "swift: there is no program \(program); build it first, with swift build -c release"
            )
        }
        guard FileSystem.isExecutable(program) else {
            throw TargetProblem(key: "swift", description: "swift: \(program) is no program: it may not be executed")
        }
    }

    var summary: String { "\(configuration.name), \(configuration.program)" }
    var facts: [(title: String, text: String)] {
        if let build = configuration.build {
            return [("Swift", "\(build.product) of the package in \(build.package), built on each change")]
        }
        return [("Swift", configuration.program)]
    }

    func descriptors(eventLoops: Int) -> Int {
        // Two programs while one takes the place of the other.
        2 * (6 + ProxyApplication.descriptors(ProxyConfiguration(), eventLoops: eventLoops) + 64 * eventLoops)
    }

    var threads: Int { 5 }

    func start(on eventLoops: [any EventLoop], grace: Duration, logger: Logger) async throws -> any RunningTarget {
        try await SwiftProgram.start(configuration, on: eventLoops, grace: grace, logger: logger)
    }

    func startLater(
        after error: any Error,
        on eventLoops: [any EventLoop],
        grace: Duration,
        logger: Logger
    ) -> (any RunningTarget)? {
        guard let failure = error as? ProgramFailure, configuration.build == nil else { return nil }
        return SwiftProgram.startLater(configuration, after: failure, on: eventLoops, grace: grace, logger: logger)
    }
}
