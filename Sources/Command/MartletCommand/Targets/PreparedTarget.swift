import Logging
import MartletGateway
import NIOCore

/// A target of which is known that what it needs is there. Nothing of it runs yet.
protocol PreparedTarget: Sendable {
    /// What it is, in one line: `hello:app, Python 3.11.7, /usr/bin/python3`.
    var summary: String { get }
    /// What the start banner says of it, a title and a text each.
    var facts: [(title: String, text: String)] { get }

    /// What a request of a path would meet in it, a title and a text each.
    ///
    /// - Parameter path: below the route, percent-encoded.
    func explanation(of path: [UInt8]) -> [(title: String, text: String)]

    /// What will not be as it was meant; nil where all is well.
    var concern: TargetProblem? { get }

    /// How many open files and threads the server needs for it: a shortage is said at once and not met later.
    func descriptors(eventLoops: Int) -> Int
    var threads: Int { get }

    /// - Parameters:
    ///   - eventLoops: those that it will be called on.
    ///   - grace: how long the requests may take which it has when a reload replaces what answers them.
    func start(on eventLoops: [any EventLoop], grace: Duration, logger: Logger) async throws -> any RunningTarget

    /// The same where that has failed and the rest of the site is served: it is tried again, and meanwhile its requests get 503. Nil
    /// for a target that cannot be served without.
    ///
    /// - Parameter error: why it has failed.
    func startLater(
        after error: any Error,
        on eventLoops: [any EventLoop],
        grace: Duration,
        logger: Logger
    ) -> (any RunningTarget)?
}

extension PreparedTarget {
    var concern: TargetProblem? { nil }
    func explanation(of path: [UInt8]) -> [(title: String, text: String)] { [] }
    func startLater(
        after error: any Error,
        on eventLoops: [any EventLoop],
        grace: Duration,
        logger: Logger
    ) -> (any RunningTarget)? { nil }
}

/// What answers the requests of a route, while it runs.
protocol RunningTarget: Application {
    /// Takes up what has changed, without losing a request; what was there goes on where that fails.
    func reload() async throws
    /// As ``reload()``; what comes of it is in the log. One that is asked for during another follows it.
    ///
    /// - Returns: whether it has taken up what has changed.
    func reloadAndLog() async -> Bool
    /// Why it cannot answer requests at the moment; nil if it can. Asked on event loops.
    var problem: String? { get }
    /// What the start banner says of it that was not known before, a title and a text each.
    var facts: [(title: String, text: String)] { get }
    /// The same, but for what another route of the site answers.
    ///
    /// - Parameters:
    ///   - mount: where it answers itself.
    ///   - paths: of the other routes.
    func facts(at mount: MountPath, beside paths: [MountPath]) -> [(title: String, text: String)]
    /// What it does, for those who ask; nil where there is nothing to say.
    func status() async -> TargetStatus?
    /// Lets the requests that it has end, for at most `grace`, and ends what it has started.
    func stop(grace: Duration) async
    /// Ends what it has started at once.
    func kill()
}

extension RunningTarget {
    var problem: String? { nil }
    var facts: [(title: String, text: String)] { [] }
    func facts(at mount: MountPath, beside paths: [MountPath]) -> [(title: String, text: String)] { facts }
}
