internal import Logging

/// New workers in place of others, by reload or recycling: a successor first, then the end of the former worker.
///
/// What is asked for is kept until it is possible; ``advance(_:)`` does what has become possible.
struct Replacements: Sendable {
    private let preloads: Bool
    /// What cannot be imported is shown in the browser (`--reload`).
    private let isDevelopment: Bool
    private var underWay: [Replacement] = []
    /// A reload that has not begun, and who waits for it.
    private var pendingReload: [Int]?

    init(preloads: Bool, isDevelopment: Bool) {
        self.preloads = preloads
        self.isDevelopment = isDevelopment
    }

    /// Whether a worker has been started in this place to follow the current one.
    func isSuccessor(_ place: Int, _ processes: PoolProcesses) -> Bool { index(of: place, processes) != nil }

    /// A reload is under way or will be.
    var isReloading: Bool { pendingReload != nil || underWay.contains(where: \.isReload) }

    func isReplacing(_ seat: Int) -> Bool { underWay.contains { $0.seats.contains(seat) } }

    private func index(of place: Int, _ processes: PoolProcesses) -> Int? {
        underWay.firstIndex { $0.stage == .importing && $0.successors(processes).contains(place) }
    }

    // MARK: - What is asked for

    /// Asks for a reload.
    ///
    /// - Parameter follows: whether it follows one that is under way; else it is refused then.
    mutating func reload(_ ticket: Int?, follows: Bool, _ processes: inout PoolProcesses) {
        guard follows || pendingReload == nil && !underWay.contains(where: \.isReload) else {
            return processes.refuse(ticket)
        }
        pendingReload = (pendingReload ?? []) + (ticket.map { [$0] } ?? [])
    }

    /// The server stops: nobody is replaced any more.
    mutating func drop(_ processes: inout PoolProcesses) {
        for replacement in underWay {
            if case .reload(let tickets) = replacement.kind { processes.answer(tickets, ReloadUnderWay()) }
        }
        processes.answer(pendingReload ?? [], ReloadUnderWay())
        pendingReload = nil
        underWay.removeAll()
    }

    // MARK: - What has happened

    mutating func preloaded(_ number: Int, _ processes: inout PoolProcesses) {
        guard let index = underWay.firstIndex(where: { $0.stage == .preloading(number) }) else {
            return processes.emit(.dropPreload(number))
        }
        underWay[index].source = number
        underWay[index].stage = .waitingForPlaces
    }

    mutating func preloadFailed(_ number: Int, _ error: any Error) {
        if let index = underWay.firstIndex(where: { $0.stage == .preloading(number) }) { underWay[index].error = error }
    }

    /// A worker that was started to follow another one cannot.
    mutating func successorFailed(_ place: Int, _ error: any Error, _ processes: PoolProcesses) {
        if let index = index(of: place, processes), underWay[index].error == nil { underWay[index].error = error }
    }

    // MARK: - What becomes possible

    mutating func advance(_ processes: inout PoolProcesses) {
        for index in underWay.indices.reversed() where underWay[index].error != nil { undo(index, &processes) }
        for index in underWay.indices.reversed() { advance(index, &processes) }
        if let tickets = pendingReload {
            // A recycling that is under way ends by itself; its seat is needed whole.
            guard underWay.isEmpty else { return }
            pendingReload = nil
            processes.generation += 1
            begin(Replacement(kind: .reload(tickets: tickets), seats: processes.open), &processes)
        } else if !underWay.contains(where: \.isReload) {
            for seat in processes.open {
                let place = processes.current[seat]
                guard processes.places[place].isToBeRecycled else { continue }
                guard !underWay.contains(where: { $0.seats.contains(seat) }) else { continue }
                let id = processes.id(place)
                processes.emit(.log(.notice, "\(id) is replaced: \(processes.places[place].recycling?.reason ?? "")"))
                let isEarly = processes.places[place].count == .near
                begin(Replacement(kind: .recycling(id), seats: [seat], isEarly: isEarly), &processes)
            }
        }
    }

    private mutating func begin(_ replacement: Replacement, _ processes: inout PoolProcesses) {
        var replacement = replacement
        if replacement.isReload {
            processes.emit(.announceImport("anew"))
            if preloads { replacement.stage = .preloading(processes.startPreload()) }
        }
        underWay.append(replacement)
        advance(underWay.count - 1, &processes)
    }

    private mutating func advance(_ index: Int, _ processes: inout PoolProcesses) {
        let replacement = underWay[index]
        switch replacement.stage {
        case .preloading:
            break
        case .waitingForPlaces:
            let successors = replacement.successors(processes)
            guard successors.allSatisfy({ processes.places[$0].isEmpty }) else { return }
            underWay[index].stage = .importing
            let source = replacement.isReload ? replacement.source : processes.source
            for place in successors {
                processes.places[place].failures = 0
                processes.spawn(place, from: source, isHeld: replacement.isEarly)
            }
        case .importing:
            // A reload is in a hurry: what it waits for is not held.
            guard replacement.areSuccessorsReady(processes), pendingReload != nil || !replacement.isHeld(processes)
            else {
                return
            }
            commit(index, &processes)
        }
    }

    // MARK: - How it ends

    private mutating func commit(_ index: Int, _ processes: inout PoolProcesses) {
        let replacement = underWay.remove(at: index)
        for seat in replacement.seats { processes.handOver(seat) }
        guard case .reload(let tickets) = replacement.kind else { return }
        if preloads {
            if let former = processes.source, former != replacement.source { processes.emit(.dropPreload(former)) }
            processes.source = replacement.source
        }
        processes.emit(.showFailure(nil))
        processes.emit(.log(.notice, "the application was reloaded"))
        processes.answer(tickets, nil)
    }

    static func notReloaded(_ error: any Error) -> String {
        "the application could not be imported anew; the former one goes on serving: \(error)"
    }

    /// The former workers go on; a successor that was ready has had requests since then.
    private mutating func undo(_ index: Int, _ processes: inout PoolProcesses) {
        let replacement = underWay.remove(at: index)
        guard let error = replacement.error else { return }
        if replacement.stage == .importing {
            for place in replacement.successors(processes) { processes.retire(place, within: processes.grace) }
        }
        switch replacement.kind {
        case .reload(let tickets):
            if let number = replacement.source { processes.emit(.dropPreload(number)) }
            if isDevelopment, let failure = error as? ImportFailed { processes.emit(.showFailure(failure)) }
            if tickets.isEmpty { processes.emit(.log(.error, Self.notReloaded(error))) }
            processes.answer(tickets, error)
        case .recycling(let id):
            processes.recyclingFailed(id, error)
        }
    }
}

extension PoolProcesses {
    /// Nothing is reloaded for who waits with this ticket.
    mutating func refuse(_ ticket: Int?) {
        if let ticket { answer([ticket], ReloadUnderWay()) }
    }

    fileprivate mutating func answer(_ tickets: [Int], _ error: (any Error)?) {
        for ticket in tickets { emit(.reloaded(ticket: ticket, error)) }
    }

    /// The successor takes the seat, and the former worker ends.
    fileprivate mutating func handOver(_ seat: Int) {
        let former = current[seat]
        let recycling = places[former].recycling
        current[seat] = other(former)
        if places[current[seat]].isHeld {
            places[current[seat]].isHeld = false
            emit(.begin(id(current[seat])))
        }
        retire(former, within: recycling?.grace ?? grace)
    }

    /// The worker goes on, and is replaced at another time.
    fileprivate mutating func recyclingFailed(_ id: WorkerID, _ error: any Error) {
        guard knows(id) else { return }
        emit(.log(.error, "the successor of \(id) could not start; it goes on: \(error)"))
        if places[id.place].count != .within {
            // It would take no more requests: it has as many again.
            places[id.place].count = .within
            places[id.place].recycling = nil
            return emit(.begin(id))
        }
        emit(.set(.recycle(id), after: places[id.place].delayRecycling()))
    }
}
