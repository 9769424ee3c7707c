import MartletGateway
import NIOCore

/// A connection that is being opened: it has no requests yet, and one deadline for all of it.
protocol OpeningConnection: ServerConnection {
    var services: LoopContext { get }
}

extension OpeningConnection {
    var heldBytes: Int { LoopContext.connectionBytes }

    func spare(latest: LoopContext.LatestDeadlines) -> SpareConnection? { deadline < latest.head ? .slow : .new }

    var coverage: (any TLSCoverage)? { nil }

    func refuseNewRequests() { deadline = min(deadline, services.deadline(.linger)) }

    var isBusy: Bool { false }

    func closeAtOnce() { closeNow() }
}
