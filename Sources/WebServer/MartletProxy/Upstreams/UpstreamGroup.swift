import Logging
import NIOCore
import Synchronization

/// The upstreams of a target, for all event loops: what is known of them, and the requests that wait for one.
final class UpstreamGroup: Sendable {
    /// A request in the queue. It is told on its own loop.
    struct Waiter: Sendable {
        let loop: any EventLoop
        let goOn: @Sendable () -> Void
    }

    private struct State {
        var machine: UpstreamMachine
        var queue = CircularBuffer<(id: UInt64, waiter: Waiter)>()
        var nextID: UInt64 = 0
        /// How many connections each has.
        var connections: [Int]
        /// The last failure of each.
        var failures: [UpstreamStatus.Failure?]
    }

    let urls: [UpstreamURL]
    private let logger: Logger
    private let state: Mutex<State>

    init(_ configuration: ProxyConfiguration, logger: Logger) {
        urls = configuration.upstreams
        self.logger = logger
        var rules = UpstreamMachine.Rules()
        rules.balance = configuration.balance
        rules.maximumFailures = configuration.maximumFailures
        rules.failureTime = TimeAmount(configuration.failureTime)
        rules.slowStart = TimeAmount(configuration.slowStart)
        rules.maximumRequests = configuration.maximumRequests
        rules.queue = configuration.queue
        let backups = Set(configuration.upstreams.indices.filter { configuration.upstreams[$0].isBackup })
        let machine = UpstreamMachine(urls.map { ($0.weight, $0.identity) }, backups: backups, rules: rules)
        state = Mutex(State(machine: machine, connections: urls.map { _ in 0 }, failures: urls.map { _ in nil }))
    }

    /// - Returns: the choice; of one that waits also the number of its place.
    func choose(
        key: UInt64?,
        sticky: UInt64?,
        tried: [Int],
        place: UInt64?,
        at now: NIODeadline,
        _ makeWaiter: () -> Waiter
    ) -> (UpstreamMachine.Choice, place: UInt64?) {
        state.withLock { state in
            let choice = state.machine.choose(
                now: now,
                key: key,
                sticky: sticky,
                tried: tried,
                isWaiting: place != nil
            )
            guard choice == .wait else { return (choice, nil) }
            let waiter = makeWaiter()
            // Who has waited before and was woken for nothing is still the next.
            if let place {
                state.queue.prepend((place, waiter))
                return (choice, place)
            }
            defer { state.nextID += 1 }
            state.queue.append((state.nextID, waiter))
            return (choice, state.nextID)
        }
    }

    /// A request that has a place in the queue does not want it any more.
    func leave(_ place: UInt64) {
        state.withLock { state in
            state.machine.stopWaiting()
            if let index = state.queue.firstIndex(where: { $0.id == place }) { state.queue.remove(at: index) }
        }
    }

    /// A request is over at its upstream.
    func ended(
        _ upstream: Int,
        _ outcome: UpstreamMachine.Outcome,
        answerTime: TimeAmount?,
        at now: NIODeadline
    ) {
        let (waiter, change) = state.withLock { state in
            let wasUp = state.machine.upstreams[upstream].health == .up
            state.machine.ended(upstream, outcome, answerTime: answerTime, now: now)
            let isUp = state.machine.upstreams[upstream].health == .up
            return (state.queue.popFirst()?.waiter, wasUp == isUp ? nil : isUp)
        }
        if let change { report(upstream, isUp: change) }
        waiter?.goOn()
    }

    /// What has gone wrong with it, for people.
    func note(failure text: String, of upstream: Int) {
        let failure = UpstreamStatus.Failure(text)
        state.withLock { $0.failures[upstream] = failure }
    }

    /// - Parameter problem: what a check has found; nil where it is well.
    func checked(_ upstream: Int, _ problem: String?) {
        if let problem { note(failure: "Its check fails: \(problem).", of: upstream) }
        let isHealthy = problem == nil
        let change = state.withLock { $0.machine.checked(upstream, isHealthy: isHealthy, now: .now()) }
        guard let change else { return }
        report(upstream, isUp: change)
        if change { wakeAll() }
    }

    /// Has all who wait ask again: some upstream may be due to be tried.
    func wakeAll() {
        let waiters = state.withLock { state in
            defer { state.queue.removeAll() }
            return state.queue.map(\.waiter)
        }
        for waiter in waiters { waiter.goOn() }
    }

    private func report(_ upstream: Int, isUp: Bool) {
        if isUp {
            logger.notice("The upstream \(urls[upstream].name) is back.")
        } else {
            logger.error("The upstream \(urls[upstream].name) fails and gets no requests for now.")
        }
    }

    func count(_ change: Int, ofConnectionsTo upstream: Int) {
        state.withLock { $0.connections[upstream] += change }
    }

    var areAllDown: Bool { state.withLock { $0.machine.areAllDown(now: .now()) } }

    /// What each does at the moment.
    var status: [UpstreamStatus] {
        let known = state.withLock {
            zip($0.machine.upstreams, zip($0.connections, $0.failures)).map { ($0, $1.0, $1.1) }
        }
        return zip(urls, known).map { url, known in
            let (record, connections, failure) = known
            return UpstreamStatus(url, record, connections: connections, lastFailure: failure)
        }
    }

    var waiting: Int { state.withLock { $0.machine.waiting } }
}

extension UpstreamURL {
    /// Tells it from others, also in another process: the same address has the same.
    var identity: UInt64 { StableHash.of(name.utf8) }
}
