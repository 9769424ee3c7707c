/// Tells from how far a queue has come how long its first request has waited at least, without looking at requests.
struct QueueClock: Sendable {
    /// When the queue was this long; what stands before it has waited since then.
    private var mark: (position: UInt64, time: Duration)?

    /// - Parameters:
    ///   - taken: how many requests workers have taken since the start.
    ///   - pushed: how many there have been.
    mutating func waited(taken: UInt64, pushed: UInt64, at now: Duration) -> Duration {
        guard taken < pushed else {
            mark = nil
            return .zero
        }
        if let mark, taken < mark.position { return now - mark.time }
        mark = (pushed, now)
        return .zero
    }
}
