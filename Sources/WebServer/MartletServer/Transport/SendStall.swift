import NIOCore

/// How long a client has taken nothing of its pending output.
struct SendStall {
    private var pending = 0
    private var since: NIODeadline?

    mutating func reset() { since = nil }

    /// Whether `limit` has passed without progress.
    mutating func hasLasted(_ limit: TimeAmount, pending now: Int, at moment: NIODeadline) -> Bool {
        guard let since, now == pending else {
            pending = now
            since = moment
            return false
        }
        return moment - since >= limit
    }
}
