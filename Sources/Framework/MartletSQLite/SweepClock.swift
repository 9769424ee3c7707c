internal import Synchronization

/// When sessions that are over are looked for: every five minutes, with whatever is saved then.
final class SweepClock: Sendable {
    /// In seconds.
    static let interval = 300

    private let last = Mutex<Int?>(nil)

    /// Whether it is time; the next time is an interval later. The first one is at once.
    ///
    /// - Parameter now: seconds since 1970; it may be put back.
    func isDue(at now: Int) -> Bool {
        last.withLock { last in
            if let last, now >= last, now - last < Self.interval { return false }
            last = now
            return true
        }
    }
}
