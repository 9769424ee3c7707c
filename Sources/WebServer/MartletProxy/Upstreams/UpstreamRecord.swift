package import NIOCore

/// What is known of one upstream.
package struct UpstreamRecord: Sendable {
    package enum Health: Sendable, Equatable {
        case up
        /// It gets nothing until then, and one request after that.
        case down(until: NIODeadline)
        /// One request finds out whether it is back.
        case tried
    }

    package let weight: Int
    /// Tells it from others, also in another process.
    package let identity: UInt64
    package fileprivate(set) var health = Health.up
    package fileprivate(set) var isDownByCheck = false
    /// When it came back; nil if it never was away.
    package fileprivate(set) var backSince: NIODeadline?
    /// Requests that it has.
    package var inFlight = 0
    /// Requests that it has got so far, and how many of them it has failed.
    package private(set) var requests = 0
    package private(set) var failures = 0
    /// The times from its requests to the heads of its answers: how many, and in all.
    package private(set) var answers = 0
    package private(set) var answerTime = TimeAmount.nanoseconds(0)
    /// The time of the last ones, in which each further one has a share of an eighth; nil before the first.
    package private(set) var recentAnswerTime: TimeAmount?
    /// What the choice in turn owes it.
    var credit = 0
    private var failuresInARow = 0
    private var firstOfThem = NIODeadline.uptimeNanoseconds(0)
    private var checksInARow = 0

    init(weight: Int, identity: UInt64) {
        self.weight = weight
        self.identity = identity
    }

    mutating func begin() {
        inFlight += 1
        requests += 1
        // Who is chosen while it is down is the one request that tries.
        if case .down = health { health = .tried }
    }

    mutating func succeeded(_ now: NIODeadline) {
        failuresInARow = 0
        guard health == .tried else { return }
        health = .up
        backSince = now
    }

    mutating func answered(within time: TimeAmount) {
        answers += 1
        answerTime = answerTime + time
        recentAnswerTime = recentAnswerTime.map { .nanoseconds(($0.nanoseconds * 7 + time.nanoseconds) / 8) } ?? time
    }

    mutating func hasNoOutcome(_ now: NIODeadline) {
        // The next one tries.
        if health == .tried { health = .down(until: now) }
    }

    /// - Parameter limit: how many failures in a row take it out; 0 for never.
    mutating func failed(_ now: NIODeadline, within time: TimeAmount, limit: Int) {
        failures += 1
        if failuresInARow == 0 || now - firstOfThem > time {
            failuresInARow = 0
            firstOfThem = now
        }
        failuresInARow += 1
        guard limit > 0, health == .tried || failuresInARow >= limit else { return }
        health = .down(until: now + time)
        failuresInARow = 0
    }

    mutating func checked(_ isHealthy: Bool, _ now: NIODeadline, fallsAfter: Int, risesAfter: Int) -> Bool? {
        // What agrees with what is known begins the count anew.
        guard isHealthy == isDownByCheck else {
            checksInARow = 0
            return nil
        }
        checksInARow += 1
        guard checksInARow >= (isHealthy ? risesAfter : fallsAfter) else { return nil }
        checksInARow = 0
        isDownByCheck = !isHealthy
        if isHealthy {
            backSince = now
            health = .up
        }
        return isHealthy
    }
}
