internal import Logging

// More workers under load, and fewer without it; when, is decided by ``PoolScaling``.
extension PoolMachine {
    mutating func take(_ load: PoolScaling.Load) {
        guard phase == .serving, !replacements.isReloading else { return }
        let open = processes.open.count
        var load = load
        // What others do that are about to end is not to be done again.
        load.busy = load.busy.filter { processes.isWanted($0.key) && places[$0.key].stage == .ready }
        switch scaling.step(load, open: open, isGrowing: !processes.growing.isEmpty, at: processes.now) {
        case .none: break
        case .grow(let count): grow(by: count, load)
        case .shrink: shrink(load)
        }
    }

    private mutating func grow(by count: Int, _ load: PoolScaling.Load) {
        let seats = processes.openable.prefix(count)
        guard !seats.isEmpty else { return }
        for seat in seats { processes.openSeat(seat) }
        let waited = Int(load.waited / .milliseconds(1))
        let what = seats.count == 1 ? "a worker starts" : "\(seats.count) workers start"
        emit(
            .log(
                .notice,
                "\(load.waiting) requests wait, the first for \(waited) ms: \(what), \(processes.open.count) of \(scaling.most)"
            )
        )
    }

    /// The one with the least to do goes, and finishes that.
    private mutating func shrink(_ load: PoolScaling.Load) {
        let seats = processes.open.filter { seat in
            places[processes.current[seat]].stage == .ready && !replacements.isReplacing(seat)
        }
        let idlest = seats.min { first, second in
            let (former, latter) = (processes.current[first], processes.current[second])
            // Of equal ones the last.
            return (load.busy[former] ?? 0, -first) < (load.busy[latter] ?? 0, -second)
        }
        guard let idlest, processes.open.count > scaling.least else { return }
        let id = processes.id(processes.current[idlest])
        processes.closeSeat(idlest)
        emit(.log(.notice, "\(id) ends, for the others are enough: \(processes.open.count) of \(scaling.most)"))
    }

    /// A worker that was added for the load takes requests.
    mutating func growthIsReady(_ place: Int) {
        if processes.growing.remove(processes.seat(of: place)) != nil { scaling.succeeded() }
    }

    /// A worker that was added for the load could not start.
    ///
    /// - Returns: whether that is what it was; then it is not started again.
    mutating func growthFailed(_ id: WorkerID, _ reason: String) -> Bool {
        let seat = processes.seat(of: id.place)
        guard processes.growing.remove(seat) != nil, !replacements.isReplacing(seat) else { return false }
        processes.closeSeat(seat)
        let pause = scaling.failed(at: processes.now)
        emit(
            .log(
                .error,
                "\(id), which the load asks for, could not start: \(reason); the next attempt is made after \(Int(pause / .seconds(1))) s"
            )
        )
        return true
    }
}
