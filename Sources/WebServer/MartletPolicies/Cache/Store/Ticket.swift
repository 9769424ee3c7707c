import NIOCore
import Synchronization

/// The right to ask the application for an answer, and who waits for it.
final class Ticket: Sendable {
    let key: CacheKey
    /// What is known of the answer before it is there.
    let variant: Variant
    let credentials: CacheRequest.Credentials
    /// Whether others may wait for it.
    let isShared: Bool
    private let state = Mutex(State())

    private struct State {
        var waiters: [ObjectIdentifier: Waiter] = [:]
        var isOver = false
        var isObsolete = false
    }

    init(_ key: CacheKey, _ variant: Variant, _ credentials: CacheRequest.Credentials, isShared: Bool) {
        self.key = key
        self.variant = variant
        self.credentials = credentials
        self.isShared = isShared
    }

    /// Whether what it fetches is out of date before it is there.
    var isObsolete: Bool { state.withLock(\.isObsolete) }
    var hasWaiters: Bool { state.withLock { !$0.waiters.isEmpty } }

    /// Somebody has changed what is asked for.
    func invalidate() { state.withLock { $0.isObsolete = true } }

    /// - Returns: false if it is over already.
    func add(_ waiter: Waiter) -> Bool {
        state.withLock { state in
            if !state.isOver { state.waiters[ObjectIdentifier(waiter)] = waiter }
            return !state.isOver
        }
    }

    /// - Returns: whether it still waited.
    func remove(_ waiter: Waiter) -> Bool {
        state.withLock { $0.waiters.removeValue(forKey: ObjectIdentifier(waiter)) != nil }
    }

    /// All who wait; nobody does from now on.
    func end() -> [Waiter] {
        state.withLock { state in
            state.isOver = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
    }
}

/// A request that waits for another one's answer, for a bounded time.
final class Waiter: Sendable {
    private let loop: any EventLoop
    private let proceed: @Sendable (_ hasWaitedEnough: Bool) -> Void
    private let expiry = Mutex<Scheduled<Void>?>(nil)

    /// - Parameter proceed: called once, on the loop.
    init(on loop: any EventLoop, _ proceed: @escaping @Sendable (_ hasWaitedEnough: Bool) -> Void) {
        self.loop = loop
        self.proceed = proceed
    }

    func expire(_ ticket: Ticket, after time: TimeAmount) {
        let scheduled = loop.scheduleTask(in: time) { [self] in if ticket.remove(self) { proceed(true) } }
        expiry.withLock { $0 = scheduled }
    }

    func wake() {
        expiry.withLock { $0.take() }?.cancel()
        loop.execute { self.proceed(false) }
    }
}
