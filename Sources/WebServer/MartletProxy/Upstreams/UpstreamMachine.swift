package import NIOCore

/// Which of several upstreams gets a request, and which get none because they fail: every decision about it, without sockets
/// or clocks.
///
/// The rules:
///
/// 1. An upstream that has failed `maximumFailures` times in a row, within `failureTime`, is left alone for `failureTime`.
///    Then one request at a time is tried: if it is answered, the upstream is back, and if not, it is left alone again.
///    nginx does the same (`max_fails`, `fail_timeout`).
/// 2. A single upstream is never left alone for that: there is nobody else to ask, and it may answer the next request.
/// 3. Checks are a second opinion: an upstream that has failed three in a row gets no requests until two in a row succeed, as
///    HAProxy's `fall 3 rise 2`.
/// 4. One that comes back gets less at first, where `slowStart` says so: from a tenth of its share to all of it.
/// 5. An upstream with `maximumRequests` in flight is busy. Where all are busy or down, a request waits, but no more than
///    `queue` do at a time.
/// 6. Backups get a request only where no other upstream can have it now: they are down, busy, or have failed it (nginx `backup`).
package struct UpstreamMachine: Sendable {
    package struct Rules: Sendable {
        package var balance = Balance.roundRobin
        package var maximumFailures = 3
        package var failureTime = TimeAmount.seconds(10)
        package var slowStart = TimeAmount.nanoseconds(0)
        package var maximumRequests = 0
        package var queue = 0

        package init() {}
    }

    package enum Choice: Sendable, Equatable {
        /// This one; the request counts as begun.
        case upstream(Int)
        /// It has a place in the queue: ask again when told.
        case wait
        case refused(Refusal)
    }

    package enum Refusal: Sendable, Equatable {
        /// None of them answers at the moment.
        case down
        /// All have as many requests as they may have.
        case busy
        /// All of them have been tried for this request.
        case tried
    }

    package enum Outcome: Sendable {
        /// It has answered, whatever the answer is.
        case answered
        /// It cannot be reached, breaks off, or takes too long.
        case failed
        /// Nothing is known, as with a client that has gone away.
        case unknown
    }

    private static let fallsAfter = 3
    private static let risesAfter = 2

    package private(set) var upstreams: [UpstreamRecord]
    /// How many requests wait.
    package private(set) var waiting = 0
    private let rules: Rules
    private let ring: HashRing?
    private let backups: Set<Int>

    /// - Parameters:
    ///   - upstreams: weight and identity of each.
    ///   - backups: which of them are kept for when the others cannot have a request.
    package init(_ upstreams: [(weight: Int, identity: UInt64)], backups: Set<Int> = [], rules: Rules) {
        self.backups = backups
        self.upstreams = upstreams.map { UpstreamRecord(weight: $0.weight, identity: $0.identity) }
        self.rules = rules
        if case .hash = rules.balance { ring = HashRing(upstreams) } else { ring = nil }
    }

    // MARK: - Choosing

    /// - Parameters:
    ///   - key: what the choice depends on, with ``Balance/hash(_:)``.
    ///   - sticky: the identity of the upstream that has the client's session.
    ///   - tried: those that have failed for this request.
    ///   - isWaiting: whether the request has a place in the queue already, which it keeps or gives up.
    package mutating func choose(
        now: NIODeadline,
        key: UInt64? = nil,
        sticky: UInt64? = nil,
        tried: [Int] = [],
        isWaiting: Bool = false
    ) -> Choice {
        // One alone is the usual case.
        if upstreams.count == 1, tried.isEmpty, isUsable(0, now), hasRoom(0) {
            if isWaiting { waiting -= 1 }
            upstreams[0].begin()
            return .upstream(0)
        }
        let fits = upstreams.indices.map { !tried.contains($0) && isUsable($0, now) && hasRoom($0) }
        if let chosen = pickBeforeBackups(fits, now, key, sticky) {
            if isWaiting { waiting -= 1 }
            upstreams[chosen].begin()
            return .upstream(chosen)
        }
        if tried.count >= upstreams.count { return leave(isWaiting, .tried) }
        if isWaiting { return .wait }
        guard waiting < rules.queue else {
            let isBusy = upstreams.indices.contains { isUsable($0, now) && !tried.contains($0) }
            return .refused(isBusy ? .busy : .down)
        }
        waiting += 1
        return .wait
    }

    private mutating func leave(_ isWaiting: Bool, _ refusal: Refusal) -> Choice {
        if isWaiting { waiting -= 1 }
        return .refused(refusal)
    }

    /// A request that waits gives up its place.
    package mutating func stopWaiting() { waiting -= 1 }

    private func hasRoom(_ index: Int) -> Bool {
        rules.maximumRequests == 0 || upstreams[index].inFlight < rules.maximumRequests
    }

    private func isUsable(_ index: Int, _ now: NIODeadline) -> Bool {
        let upstream = upstreams[index]
        guard !upstream.isDownByCheck else { return false }
        switch upstream.health {
        case .up: return true
        case .down(let until): return now >= until
        case .tried: return false
        }
    }

    private mutating func pickBeforeBackups(
        _ fits: [Bool],
        _ now: NIODeadline,
        _ key: UInt64?,
        _ sticky: UInt64?
    ) -> Int? {
        guard !backups.isEmpty else { return pick(fits, now, key, sticky) }
        let first = fits.enumerated().map { $1 && !backups.contains($0) }
        return pick(first, now, key, sticky) ?? pick(fits, now, key, sticky)
    }

    private mutating func pick(_ fits: [Bool], _ now: NIODeadline, _ key: UInt64?, _ sticky: UInt64?) -> Int? {
        if fits.count == 1 { return fits[0] ? 0 : nil }
        if let sticky, let index = upstreams.firstIndex(where: { $0.identity == sticky }), fits[index] { return index }
        if let ring, let key { return ring.first(for: key) { fits[$0] } }
        guard rules.balance == .leastConnections else { return pickInTurn(fits, now) }
        // Compared by multiplication: a / b < c / d where a * d < c * b.
        let loads = upstreams.map { (count: $0.inFlight, share: share(of: $0, now)) }
        var least: (count: Int, share: Int)?
        for index in upstreams.indices where fits[index] {
            let load = loads[index]
            if least.map({ load.count * $0.share < $0.count * load.share }) ?? true { least = load }
        }
        guard let least else { return nil }
        let equal = upstreams.indices.map { fits[$0] && loads[$0].count * least.share == least.count * loads[$0].share }
        return pickInTurn(equal, now)
    }

    /// nginx's smooth round robin: among 5, 1 and 1 the turns are a, a, b, a, c, a, a.
    private mutating func pickInTurn(_ fits: [Bool], _ now: NIODeadline) -> Int? {
        var total = 0
        var best: Int?
        for index in upstreams.indices where fits[index] {
            let share = share(of: upstreams[index], now)
            total += share
            upstreams[index].credit += share
            if best.map({ upstreams[index].credit > upstreams[$0].credit }) ?? true { best = index }
        }
        if let best { upstreams[best].credit -= total }
        return best
    }

    /// The weight in hundredths, of one that has just come back a part of it.
    private func share(of upstream: UpstreamRecord, _ now: NIODeadline) -> Int {
        let whole = upstream.weight * 100
        guard let since = upstream.backSince, rules.slowStart > .nanoseconds(0) else { return whole }
        let elapsed = max(0, (now - since).nanoseconds)
        guard elapsed < rules.slowStart.nanoseconds else { return whole }
        let part = Double(elapsed) / Double(rules.slowStart.nanoseconds)
        return max(whole / 10, Int(Double(whole) * part))
    }

    // MARK: - What becomes of it

    /// A request that was given to an upstream is over there.
    ///
    /// - Parameter answerTime: how long it took until its answer began; nil where none has.
    package mutating func ended(_ index: Int, _ outcome: Outcome, answerTime: TimeAmount? = nil, now: NIODeadline) {
        guard upstreams.indices.contains(index) else { return }
        if let answerTime { upstreams[index].answered(within: answerTime) }
        upstreams[index].inFlight -= 1
        switch outcome {
        case .answered: upstreams[index].succeeded(now)
        case .unknown: upstreams[index].hasNoOutcome(now)
        case .failed:
            upstreams[index].failed(
                now,
                within: rules.failureTime,
                limit: upstreams.count > 1 ? rules.maximumFailures : 0
            )
        }
    }

    /// What a check has found.
    ///
    /// - Returns: whether the upstream is up from now on, if that has changed.
    package mutating func checked(_ index: Int, isHealthy: Bool, now: NIODeadline) -> Bool? {
        guard upstreams.indices.contains(index) else { return nil }
        return upstreams[index].checked(
            isHealthy,
            now,
            fallsAfter: Self.fallsAfter,
            risesAfter: Self.risesAfter
        )
    }

    /// Whether none of them gets requests.
    package func areAllDown(now: NIODeadline) -> Bool {
        !upstreams.indices.contains { isUsable($0, now) || upstreams[$0].health == .tried }
    }
}
