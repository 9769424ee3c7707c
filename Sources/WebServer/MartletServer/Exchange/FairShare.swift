/// What an answer may send at once: one that never has to wait lets the other connections of its loop on now and then.
struct FairShare {
    private static let bytes = 262_144
    /// What a write costs beside its bytes, in the time of as many bytes.
    private static let costOfWrite = 2_048

    private var used = 0

    /// Counts what was sent without a wait.
    ///
    /// - Returns: whether it is the turn of others now.
    mutating func isUsed(by bytes: Int) -> Bool {
        used &+= bytes &+ Self.costOfWrite
        guard used > Self.bytes else { return false }
        used = 0
        return true
    }

    /// There was a wait.
    mutating func renew() { used = 0 }
}
