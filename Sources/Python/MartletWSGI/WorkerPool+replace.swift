internal import Glibc
internal import Logging
internal import NIOCore
import Synchronization

// Reload and recycling: a successor first, then the end of the former worker.
extension WorkerPool {
    /// Imports the application anew in fresh workers and lets the former ones drain.
    ///
    /// - Throws: ``ImportFailed``, with the former workers still serving; ``ReloadUnderWay``.
    func reload() async throws {
        let isFirst = state.withLock { state in
            guard !state.isReloading, !state.isStopping else { return false }
            state.isReloading = true
            return true
        }
        guard isFirst else { throw ReloadUnderWay() }
        defer {
            let isWanted = state.withLock { state in
                state.isReloading = false
                defer { state.wantsReload = false }
                return state.wantsReload
            }
            settle()
            replaceThoseAtTheirLimit()
            if isWanted { reloadAndLog() }
        }
        state.withLock { $0.generation += 1 }
        let former = zygote.withLock { $0 }
        do {
            sayImport("anew")
            if configuration.preload { try await startZygote() }
            try await replace(Array(0..<seats))
            importFailure.withLock { $0 = nil }
        } catch let failure as ImportFailed {
            zygote.withLock { $0 = former }
            if configuration.reloadsOnChange { importFailure.withLock { $0 = failure } }
            throw failure
        }
        logger.notice("the application was reloaded")
    }

    /// Reloads on a signal, or because a file has changed. One that is asked for during another follows it, once.
    func reloadAndLog() {
        Task {
            do {
                try await reload()
            } catch is ReloadUnderWay {
                state.withLock { $0.wantsReload = true }
            } catch {
                logger.error("the application could not be imported anew; the former one goes on serving: \(error)")
            }
        }
    }

    /// Puts new workers into these seats: all of them, or none where one fails.
    ///
    /// - Parameter isEarly: whether the former ones serve on until their limit, and the new ones begin then.
    func replace(_ seats: [Int], isEarly: Bool = false) async throws {
        // A former worker may still have a long request in the place that is wanted.
        await wait { state in
            state.isStopping || seats.allSatisfy { state.places[self.other(state.current[$0])].stage == .empty }
        }
        let successors = state.withLock { state in seats.map { other(state.current[$0]) } }
        for place in successors {
            state.withLock { state in
                state.places[place].failure = nil
                state.places[place].failures = 0
            }
            try startWorker(place, isHeld: isEarly)
        }
        if let failure = await outcome(of: successors) {
            // One that was ready has had requests since then.
            let (ready, others) = state.withLock { state in
                let ready = successors.filter { state.places[$0].stage == .ready }
                return (ready, successors.filter { !ready.contains($0) }.compactMap { state.places[$0].process })
            }
            for place in ready { retire(place, within: Self.grace) }
            for process in others { process.kill(SIGKILL) }
            await wait { state in successors.allSatisfy { state.places[$0].stage == .empty } }
            throw failure
        }
        let former = state.withLock { state in
            seats.map { seat in
                let place = state.current[seat]
                state.current[seat] = other(place)
                return (place: place, process: state.places[place].process)
            }
        }
        if isEarly { await waitForTheLimit(of: former.map(\.place)) }
        for place in successors { release(place) }
        for (place, process) in former {
            // One that has ended meanwhile may have left its place to another.
            let isSame = state.withLock { $0.places[place].process === process }
            if isSame { retire(place, within: Self.grace) }
        }
    }

    private func other(_ place: Int) -> Int { place < seats ? place + seats : place - seats }

    /// Lets a worker end after the requests that it has; kills it where that takes longer.
    func retire(_ place: Int, within grace: TimeAmount) {
        let process = state.withLock { state -> WorkerProcess? in
            guard state.places[place].stage != .empty else { return nil }
            let hasFailed = state.places[place].failure != nil
            state.places[place].stage = .retiring
            state.places[place].failure = nil
            if hasFailed { state.places[place].process?.kill(SIGKILL) }
            return hasFailed ? nil : state.places[place].process
        }
        guard let process else { return }
        process.stop(memory.worker(place))
        // The timer does not keep the process, and with it a descriptor, for longer than it lives.
        let pid = process.pid
        lanes.first?.eventLoop.scheduleTask(in: grace) { [self] in
            let late = state.withLock { state in
                state.places[place].process.flatMap {
                    $0.pid == pid && state.places[place].stage == .retiring ? $0 : nil
                }
            }
            guard let late else { return }
            logger.error(
                "worker \(place + 1) (pid \(pid)) did not end within \(grace.nanoseconds / 1_000_000_000) s and is killed"
            )
            late.kill(SIGKILL)
        }
    }

    /// Replaces one worker while it serves.
    func recycle(_ place: Int, because reason: String, grace: TimeAmount = WorkerPool.grace) {
        let found = state.withLock { state -> (seat: Int, isEarly: Bool)? in
            guard !state.isStopping, !state.isReloading, state.places[place].stage == .ready,
                !state.places[place].isBeingReplaced,
                let seat = state.current.firstIndex(of: place)
            else { return nil }
            state.places[place].isBeingReplaced = true
            return (seat, state.places[place].count == .near)
        }
        guard let (seat, isEarly) = found else { return }
        logger.notice("worker \(place + 1) is replaced: \(reason)")
        Task {
            do {
                try await replace([seat], isEarly: isEarly)
                // A worker that hangs does not get the time of one that has work to finish.
                if grace < Self.grace { retire(place, within: grace) }
            } catch {
                logger.error("the successor of worker \(place + 1) could not start; it goes on: \(error)")
                goOn(place)
            }
        }
    }
}

/// A reload was asked for while another one was under way.
public struct ReloadUnderWay: Error, CustomStringConvertible {
    public var description: String { "A reload is under way, or the server is stopping; try again when it is done." }
}
