import Logging
import MartletGateway
import NIOCore

/// A target that runs without processes: there is nothing to reload, to tell of, or to stop.
protocol UnmanagedTarget: RunningTarget {}

extension UnmanagedTarget {
    func reload() async throws {}
    func reloadAndLog() async -> Bool { true }
    func status() async -> TargetStatus? { nil }
    func stop(grace: Duration) async {}
    func kill() {}
}

/// A target that needs nothing started: it is what answers.
protocol FixedTarget: PreparedTarget, UnmanagedTarget, DirectApplication {}

extension FixedTarget {
    /// As a target that is prepared, and as one that runs.
    var facts: [(title: String, text: String)] { [] }
    var threads: Int { 0 }
    func descriptors(eventLoops: Int) -> Int { 0 }

    func start(on eventLoops: [any EventLoop], grace: Duration, logger: Logger) async throws -> any RunningTarget {
        self
    }

    func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }
}
