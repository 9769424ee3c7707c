import MartletGateway
import NIOCore
import Synchronization

/// Lets so many scripts run at a time, and so many requests wait for them, in their order.
final class ScriptGate: Sendable {
    /// A request that waits. Touched under the lock of the gate.
    private final class Waiter: @unchecked Sendable {
        var isCancelled = false
        var continuation: UnsafeContinuation<Void, any Error>?
        var alarm: Scheduled<Void>?
    }

    private struct State {
        var running = 0
        var waiting = CircularBuffer<Waiter>()
    }

    private let limit: Int
    private let queue: Int
    private let state = Mutex(State())

    init(limit: Int, queue: Int) {
        self.limit = max(1, limit)
        self.queue = max(0, queue)
    }

    var counts: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }

    private enum Entry {
        case open, waits
        case refused(any Error)
    }

    /// Waits for a place; ``leave()`` gives it back.
    ///
    /// - Throws: ``ScriptFailure`` where too many wait, or it takes longer than `patience`; `CancellationError`.
    func enter(within patience: Duration, on loop: any EventLoop) async throws {
        let waiter = Waiter()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                switch enter(waiter, continuation) {
                case .open: continuation.resume()
                case .refused(let error): continuation.resume(throwing: error)
                case .waits:
                    let alarm = loop.scheduleTask(in: TimeAmount(patience)) { self.giveUp(waiter, .waitedTooLong) }
                    let isThere = state.withLock { _ in
                        if waiter.continuation != nil { waiter.alarm = alarm }
                        return waiter.continuation != nil
                    }
                    if !isThere { alarm.cancel() }
                }
            }
        } onCancel: {
            state.withLock { _ in waiter.isCancelled = true }
            giveUp(waiter, CancellationError())
        }
    }

    private func enter(_ waiter: Waiter, _ continuation: UnsafeContinuation<Void, any Error>) -> Entry {
        state.withLock { state in
            if waiter.isCancelled { return .refused(CancellationError()) }
            if state.running < limit {
                state.running += 1
                return .open
            }
            guard state.waiting.count < queue else { return .refused(ScriptFailure.tooManyWait) }
            waiter.continuation = continuation
            state.waiting.append(waiter)
            return .waits
        }
    }

    private func giveUp(_ waiter: Waiter, _ failure: ScriptFailure) { giveUp(waiter, failure as any Error) }

    private func giveUp(_ waiter: Waiter, _ error: any Error) {
        let continuation = state.withLock { state in
            state.waiting.removeAll { $0 === waiter }
            waiter.alarm?.cancel()
            return waiter.continuation.take()
        }
        continuation?.resume(throwing: error)
    }

    /// A place is free again.
    func leave() {
        let continuation = state.withLock { state in
            guard let next = state.waiting.popFirst() else {
                state.running -= 1
                return UnsafeContinuation<Void, any Error>?.none
            }
            next.alarm?.cancel()
            return next.continuation.take()
        }
        continuation?.resume()
    }
}
