/// How much an answer may send without a pause: one that never has to wait yields to the other connections of its loop
/// now and then.
struct FairShare {
    private static let bytes = 262_144
    /// The fixed cost of a write, expressed in bytes.
    private static let costOfWrite = 2_048

    private var used = 0

    /// Counts bytes that were sent without waiting.
    ///
    /// - Returns: whether to yield now.
    mutating func isUsed(by bytes: Int) -> Bool {
        used &+= bytes &+ Self.costOfWrite
        guard used > Self.bytes else { return false }
        used = 0
        return true
    }

    /// There was a wait.
    mutating func renew() { used = 0 }
}
