import NIOCore

/// How long a client has taken nothing of its pending output.
struct SendStall {
    private var pending = 0
    private var since: NIODeadline?

    mutating func reset() { since = nil }

    /// Whether `limit` has passed without progress.
    ///
    /// - Parameter now: how many bytes wait for the client; 0 for none that are worth the look.
    mutating func hasLasted(_ limit: Duration, pending now: Int, at moment: NIODeadline) -> Bool {
        guard now > 0 else {
            reset()
            return false
        }
        guard let since, now == pending else {
            pending = now
            since = moment
            return false
        }
        return moment - since >= TimeAmount(limit)
    }
}
