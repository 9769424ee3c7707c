/// New workers for some seats: all of them take over, or none.
struct Replacement: Sendable {
    enum Kind: Sendable {
        /// Who waits for the outcome.
        case reload(tickets: [Int])
        case recycling(WorkerID)
    }

    enum Stage: Equatable, Sendable {
        case preloading(Int)
        /// A former worker may still have a long request in a place that is wanted.
        case waitingForPlaces
        case importing
    }

    let kind: Kind
    let seats: [Int]
    /// The former worker goes on until it has reached its limit on requests, and the new one is held until then.
    var isEarly = false
    var stage = Stage.waitingForPlaces
    /// The preload process that takes the place of the former one if all goes well.
    var source: Int?
    var error: (any Error)?

    var isReload: Bool { if case .reload = kind { true } else { false } }

    /// The places where its workers are started.
    func successors(_ processes: PoolProcesses) -> [Int] { seats.map { processes.other(processes.current[$0]) } }

    func areSuccessorsReady(_ processes: PoolProcesses) -> Bool {
        successors(processes).allSatisfy { processes.places[$0].stage == .ready }
    }

    /// Whether the former worker has requests left to take, and nobody is in a hurry.
    func isHeld(_ processes: PoolProcesses) -> Bool {
        guard isEarly, case .recycling(let id) = kind, processes.knows(id) else { return false }
        let former = processes.places[id.place]
        return former.stage == .ready && former.count != .reached && former.recycling?.grace == nil
    }
}

/// A reload was asked for while another one was under way.
public struct ReloadUnderWay: Error, CustomStringConvertible {
    public var description: String { "A reload is under way, or the server is stopping; try again when it is done." }
}
