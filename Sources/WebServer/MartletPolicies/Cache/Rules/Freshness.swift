/// How old an answer is, and what may be done with it (RFC 9111 section 4.2, RFC 5861). Moments and times are in nanoseconds.
struct Freshness: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case fresh
        /// It may be sent while somebody asks for a newer one.
        case whileRevalidate
        case stale
    }

    /// When its age was 0, by a clock that never goes back.
    let born: Int64
    let lifetime: Int64
    /// How long after its lifetime.
    let whileRevalidate: Int64
    let ifError: Int64

    static let second: Int64 = 1_000_000_000

    /// - Parameters:
    ///   - age: when it came, in seconds.
    ///   - now: when it came.
    init(_ times: Times, age: Int, now: Int64) {
        born = now - Int64(min(age, CacheControl.longest)) * Self.second
        lifetime = times.lifetime
        whileRevalidate = times.whileRevalidate
        ifError = times.ifError
    }

    /// What an answer says, or the configuration for it.
    struct Times: Sendable, Equatable {
        var lifetime: Int64
        var whileRevalidate: Int64 = 0
        var ifError: Int64 = 0

        var isWorthKeeping: Bool { lifetime > 0 || whileRevalidate > 0 || ifError > 0 }
    }

    /// In whole seconds, as Age has it.
    func age(at now: Int64) -> Int { Int(max(0, now - born) / Self.second) }

    /// How many seconds it stays fresh; negative if it is not.
    func rest(at now: Int64) -> Int { Int((lifetime - (now - born)) / Self.second) }

    func state(at now: Int64) -> State {
        let age = now - born
        if age < lifetime { return .fresh }
        return age < lifetime + whileRevalidate ? .whileRevalidate : .stale
    }

    func servesAfterError(at now: Int64) -> Bool { now - born < lifetime + ifError }
}

extension Duration {
    /// At most those of ``CacheControl/longest``.
    var cacheNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, Int64(CacheControl.longest)) * Freshness.second + attoseconds / 1_000_000_000
    }
}
