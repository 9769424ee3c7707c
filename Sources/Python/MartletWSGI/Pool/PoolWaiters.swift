import Synchronization

/// Who waits for what a pool says at some time: that its workers are ready, are other ones, or are gone.
final class PoolWaiters: Sendable {
    private struct State {
        var started: CheckedContinuation<Void, any Error>?
        var reloads: [Int: CheckedContinuation<Void, any Error>] = [:]
        var lastTicket = 0
        var stopped: [CheckedContinuation<Void, Never>] = []
        var isStopped = false
    }

    private let state = Mutex(State())

    var isStopped: Bool { state.withLock { $0.isStopped } }

    // MARK: - Waiting

    /// Returns when the first workers are ready, and throws when they are not going to be.
    func waitForStart(after begin: () -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { $0.started = continuation }
            begin()
        }
    }

    /// Returns when the reload with the ticket that `begin` is given has come to its end.
    func waitForReload(after begin: (_ ticket: Int) -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let ticket = state.withLock { state in
                state.lastTicket += 1
                state.reloads[state.lastTicket] = continuation
                return state.lastTicket
            }
            begin(ticket)
        }
    }

    /// Returns when no process is left; at once where that is so already.
    func waitForStop(after begin: () -> Void) async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if !state.isStopped { state.stopped.append(continuation) }
                return state.isStopped
            }
            if isStopped { continuation.resume() } else { begin() }
        }
    }

    // MARK: - What they wait for

    func started(_ error: (any Error)?) {
        let continuation = state.withLock { state in
            defer { state.started = nil }
            return state.started
        }
        continuation?.resume(with: result(error))
    }

    func reloaded(_ ticket: Int, _ error: (any Error)?) {
        state.withLock { $0.reloads.removeValue(forKey: ticket) }?.resume(with: result(error))
    }

    func stopped() {
        let continuations = state.withLock { state in
            state.isStopped = true
            defer { state.stopped = [] }
            return state.stopped
        }
        for continuation in continuations { continuation.resume() }
    }

    private func result(_ error: (any Error)?) -> Result<Void, any Error> {
        if let error { .failure(error) } else { .success(()) }
    }
}
