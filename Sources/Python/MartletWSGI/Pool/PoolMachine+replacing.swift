internal import Logging

// Reload and recycling: a successor first, then the end of the former worker.
extension PoolMachine {
    /// New workers for some seats: all of them take over, or none.
    struct Replacement: Sendable {
        enum Kind: Sendable {
            /// Who waits for the outcome.
            case reload(tickets: [Int])
            case recycling(WorkerID)
        }

        enum Stage: Sendable {
            case preloading(Int)
            /// A former worker may still have a long request in a place that is wanted.
            case waitingForPlaces
            case importing
        }

        let kind: Kind
        let seats: [Int]
        /// The former worker goes on until it has reached its limit on requests, and the new one is held until then.
        var isEarly = false
        var stage: Stage
        /// The preload process that takes the place of the former one if all goes well.
        var source: Int?
        var error: (any Error)?

        var isReload: Bool { if case .reload = kind { true } else { false } }
    }

    private func other(_ place: Int) -> Int { place < seats ? place + seats : place - seats }

    private func successors(_ replacement: Replacement) -> [Int] { replacement.seats.map { other(current[$0]) } }

    /// Whether a worker has been started in this place to follow the current one.
    func isSuccessor(_ place: Int) -> Bool { replacement(of: place) != nil }

    private func replacement(of place: Int) -> Int? {
        replacements.firstIndex {
            if case .importing = $0.stage { successors($0).contains(place) } else { false }
        }
    }

    // MARK: - What is asked for

    mutating func reload(_ ticket: Int?, follows: Bool) {
        let isUnderWay = pendingReload != nil || replacements.contains(where: \.isReload)
        guard phase == .serving, follows || !isUnderWay else {
            if let ticket { emit(.reloaded(ticket: ticket, ReloadUnderWay())) }
            return
        }
        pendingReload = (pendingReload ?? []) + (ticket.map { [$0] } ?? [])
    }

    mutating func recycle(_ id: WorkerID, _ recycling: Recycling) {
        guard places[id.place].stage == .ready, current.contains(id.place) else { return }
        guard let former = places[id.place].recycling else {
            places[id.place].recycling = recycling
            return
        }
        // The more urgent reason counts.
        if recycling.grace != nil, former.grace == nil { places[id.place].recycling = recycling }
    }

    /// A worker is about to have taken as many requests as it may, or has.
    mutating func limitComes(_ id: WorkerID, _ count: WorkerPlace.Count, _ limit: UInt64) {
        if places[id.place].count != .reached { places[id.place].count = count }
        recycle(id, Recycling(reason: "it has served \(limit) requests"))
        emit(.wakeWorkers)
    }

    /// The server stops: nobody is replaced any more.
    mutating func dropReplacements() {
        for replacement in replacements {
            if case .reload(let tickets) = replacement.kind { answer(tickets, ReloadUnderWay()) }
        }
        answer(pendingReload ?? [], ReloadUnderWay())
        pendingReload = nil
        replacements.removeAll()
    }

    private mutating func answer(_ tickets: [Int], _ error: (any Error)?) {
        for ticket in tickets { emit(.reloaded(ticket: ticket, error)) }
    }

    // MARK: - What becomes possible

    mutating func advanceReplacements() {
        for index in replacements.indices.reversed() where replacements[index].error != nil { undo(index) }
        for index in replacements.indices.reversed() { advance(index) }
        if let tickets = pendingReload {
            // A recycling that is under way ends by itself; its seat is needed whole.
            guard replacements.isEmpty else { return }
            pendingReload = nil
            generation += 1
            begin(Replacement(kind: .reload(tickets: tickets), seats: Array(0..<seats), stage: .waitingForPlaces))
        } else if !replacements.contains(where: \.isReload) {
            for (seat, place) in current.enumerated() where isToBeRecycled(place) {
                guard !replacements.contains(where: { $0.seats.contains(seat) }) else { continue }
                emit(.log(.notice, "\(id(place)) is replaced: \(places[place].recycling?.reason ?? "")"))
                let isEarly = places[place].count == .near
                begin(
                    Replacement(
                        kind: .recycling(id(place)),
                        seats: [seat],
                        isEarly: isEarly,
                        stage: .waitingForPlaces
                    )
                )
            }
        }
    }

    private func isToBeRecycled(_ place: Int) -> Bool {
        places[place].stage == .ready && places[place].recycling != nil && !places[place].isRecyclingDelayed
    }

    private mutating func begin(_ replacement: Replacement) {
        var replacement = replacement
        if replacement.isReload { emit(.announceImport("anew")) }
        if preloads && replacement.isReload {
            startPreload()
            replacement.stage = .preloading(lastPreload)
        }
        replacements.append(replacement)
        advance(replacements.count - 1)
    }

    private mutating func advance(_ index: Int) {
        let places = successors(replacements[index])
        switch replacements[index].stage {
        case .preloading:
            break
        case .waitingForPlaces:
            guard places.allSatisfy({ self.places[$0].isEmpty }) else { return }
            replacements[index].stage = .importing
            let former = source
            if replacements[index].isReload { source = replacements[index].source }
            for place in places {
                self.places[place].failures = 0
                spawn(place, isHeld: replacements[index].isEarly)
            }
            source = former
        case .importing:
            if places.allSatisfy({ self.places[$0].stage == .ready }), !isHeld(replacements[index]) { commit(index) }
        }
    }

    mutating func reloadIsPreloaded(_ number: Int) {
        guard let index = replacements.firstIndex(where: { $0.isPreloading(number) }) else {
            return emit(.dropPreload(number))
        }
        replacements[index].source = number
        replacements[index].stage = .waitingForPlaces
    }

    /// Whether the former worker has requests left to take, and nobody is in a hurry.
    private func isHeld(_ replacement: Replacement) -> Bool {
        guard replacement.isEarly, pendingReload == nil, case .recycling(let id) = replacement.kind, knows(id) else {
            return false
        }
        let former = places[id.place]
        return former.stage == .ready && former.count != .reached && former.recycling?.grace == nil
    }

    // MARK: - How it ends

    private mutating func commit(_ index: Int) {
        let replacement = replacements.remove(at: index)
        for seat in replacement.seats {
            let former = current[seat]
            let recycling = places[former].recycling
            current[seat] = other(former)
            if places[current[seat]].isHeld {
                places[current[seat]].isHeld = false
                emit(.begin(id(current[seat])))
            }
            retire(former, within: recycling?.grace ?? grace)
        }
        guard case .reload(let tickets) = replacement.kind else { return }
        if preloads {
            if let former = source, former != replacement.source { emit(.dropPreload(former)) }
            source = replacement.source
        }
        emit(.showFailure(nil))
        emit(.log(.notice, "the application was reloaded"))
        answer(tickets, nil)
    }

    static func notReloaded(_ error: any Error) -> String {
        "the application could not be imported anew; the former one goes on serving: \(error)"
    }

    mutating func fail(replacementOf place: Int, _ error: any Error) {
        if let index = replacement(of: place), replacements[index].error == nil { replacements[index].error = error }
    }

    mutating func reloadFailed(preload number: Int, _ error: any Error) {
        if let index = replacements.firstIndex(where: { $0.isPreloading(number) }) { replacements[index].error = error }
    }

    /// The former workers go on; a successor that was ready has had requests since then.
    private mutating func undo(_ index: Int) {
        let replacement = replacements.remove(at: index)
        guard let error = replacement.error else { return }
        if case .importing = replacement.stage {
            for place in successors(replacement) { retire(place, within: grace) }
        }
        switch replacement.kind {
        case .reload(let tickets):
            if let number = replacement.source { emit(.dropPreload(number)) }
            if isDevelopment, let failure = error as? ImportFailed { emit(.showFailure(failure)) }
            if tickets.isEmpty { emit(.log(.error, Self.notReloaded(error))) }
            answer(tickets, error)
        case .recycling(let id):
            guard knows(id) else { return }
            emit(.log(.error, "the successor of \(id) could not start; it goes on: \(error)"))
            if places[id.place].count != .within {
                // It would take no more requests: it has as many again.
                places[id.place].count = .within
                places[id.place].recycling = nil
                return emit(.begin(id))
            }
            places[id.place].recyclingFailures += 1
            places[id.place].isRecyclingDelayed = true
            let delay = min(64, 1 << min(places[id.place].recyclingFailures - 1, 6))
            emit(.set(.recycle(id), after: .seconds(delay)))
        }
    }
}

extension PoolMachine.Replacement {
    fileprivate func isPreloading(_ number: Int) -> Bool {
        if case .preloading(number) = stage { true } else { false }
    }
}

/// A reload was asked for while another one was under way.
public struct ReloadUnderWay: Error, CustomStringConvertible {
    public var description: String { "A reload is under way, or the server is stopping; try again when it is done." }
}
