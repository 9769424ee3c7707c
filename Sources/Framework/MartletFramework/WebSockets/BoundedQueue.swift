internal import NIOCore
internal import Synchronization

/// Values on their way from any number of tasks to one, which takes them in order. It never holds much more than its limit:
/// who puts something in waits afterwards until there is room.
final class BoundedQueue<Element: Sendable>: Sendable {
    private struct State {
        var elements = CircularBuffer<(element: Element, weight: Int)>()
        var weight = 0
        var hasEnded = false
        var taker: UnsafeContinuation<Element?, Never>?
        var waiting: [Waiter] = []

        mutating func freed(_ limit: Int) -> [Waiter] {
            guard weight < limit || hasEnded else { return [] }
            defer { waiting = [] }
            return waiting
        }
    }

    /// Somebody who waits for room.
    private final class Waiter: Sendable {
        private enum State {
            case new
            case waiting(UnsafeContinuation<Void, Never>)
            case over
        }

        private let state = Mutex(State.new)

        func wait(_ continuation: UnsafeContinuation<Void, Never>) {
            let isOver = state.withLock { state in
                if case .over = state { return true }
                state = .waiting(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }

        func end() {
            let former = state.withLock { state in
                defer { state = .over }
                return state
            }
            if case .waiting(let continuation) = former { continuation.resume() }
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Puts something in without waiting.
    ///
    /// - Parameter onlyWithRoom: leaves it out if the queue is full.
    /// - Returns: whether it was taken; nothing is after the end.
    func put(_ element: Element, weight: Int, onlyWithRoom: Bool = false) -> Bool {
        add(element, weight, onlyWithRoom: onlyWithRoom, isLast: false)
    }

    /// Puts the last element in.
    func end(with element: Element, weight: Int) { _ = add(element, weight, onlyWithRoom: false, isLast: true) }

    private func add(_ element: Element, _ weight: Int, onlyWithRoom: Bool, isLast: Bool) -> Bool {
        let (isTaken, taker, freed) = state.withLock {
            state -> (Bool, UnsafeContinuation<Element?, Never>?, [Waiter]) in
            guard !state.hasEnded, !onlyWithRoom || state.weight < limit else { return (false, nil, []) }
            state.hasEnded = isLast
            if let taker = state.taker.take() { return (true, taker, state.freed(limit)) }
            state.elements.append((element, weight))
            state.weight += weight
            return (true, nil, state.freed(limit))
        }
        taker?.resume(returning: element)
        for waiter in freed { waiter.end() }
        return isTaken
    }

    /// Returns when there is room, at the end, and when the task is cancelled.
    func room() async {
        let waiter = Waiter()
        let isFull = state.withLock { state in
            guard state.weight >= limit, !state.hasEnded else { return false }
            state.waiting.append(waiter)
            return true
        }
        guard isFull else { return }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { waiter.wait($0) }
        } onCancel: {
            waiter.end()
        }
    }

    /// The next element; nil at the end, and when the task is cancelled.
    func take() async -> Element? {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let (element, isReady, freed) = state.withLock { state -> (Element?, Bool, [Waiter]) in
                    if let first = state.elements.popFirst() {
                        state.weight -= first.weight
                        return (first.element, true, state.freed(limit))
                    }
                    guard !state.hasEnded, state.taker == nil, !Task.isCancelled else { return (nil, true, []) }
                    state.taker = continuation
                    return (nil, false, [])
                }
                for waiter in freed { waiter.end() }
                if isReady { continuation.resume(returning: element) }
            }
        } onCancel: {
            state.withLock { $0.taker.take() }?.resume(returning: nil)
        }
    }

    /// The next element, if it is here.
    func poll() -> Element? {
        let (element, freed) = state.withLock { state -> (Element?, [Waiter]) in
            guard let first = state.elements.popFirst() else { return (nil, []) }
            state.weight -= first.weight
            return (first.element, state.freed(limit))
        }
        for waiter in freed { waiter.end() }
        return element
    }

    /// Takes no more. What is in the queue can still be taken.
    func end() {
        let (taker, freed) = state.withLock { state -> (UnsafeContinuation<Element?, Never>?, [Waiter]) in
            state.hasEnded = true
            return (state.taker.take(), state.freed(limit))
        }
        taker?.resume(returning: nil)
        for waiter in freed { waiter.end() }
    }
}
