internal import CMartletWorker

/// How many more requests this worker takes (`--max-requests`), and when it asks for its successor.
///
/// The worker counts by itself, so that the limit is exact. Its successor should be ready when it is reached, and not long before:
/// whenever half of what was left has been taken, the pace of that half tells when the rest will be.
struct RequestLimit {
    private var remaining: Int
    private var nextLook: Int
    private var countSinceLook = 0
    private var lastLook: UInt64
    private var hasAsked = false
    /// The worker has not begun.
    let isHeld: Bool
    let startNanoseconds: Int

    /// - Parameters:
    ///   - requests: 0 for any number; less where the worker waits for the server to tell it how many.
    ///   - startNanoseconds: how long the start of this worker took; that of its successor will be alike.
    init(_ requests: Int, startNanoseconds: Int) {
        remaining = requests == 0 ? .max : max(0, requests)
        isHeld = requests < 0
        nextLook = requests > 0 ? requests / 2 : -1
        countSinceLook = requests > 0 ? requests - requests / 2 : 0
        lastLook = martlet_clock()
        self.startNanoseconds = max(0, startNanoseconds)
    }

    var isReached: Bool { remaining == 0 }

    /// - Returns: whether this is a moment to look at what is left.
    mutating func count() -> Bool {
        remaining -= 1
        return remaining <= nextLook
    }

    /// Whether the successor is to be started now; true once.
    mutating func asksForSuccessor() -> Bool {
        let now = martlet_clock()
        let pace = Double(now &- lastLook) / Double(max(1, countSinceLook))
        // Twice the time, for the next start may be slower than the last one.
        let isNear = pace * Double(remaining) <= 2 * Double(startNanoseconds)
        nextLook = hasAsked || isNear ? 0 : remaining / 2
        countSinceLook = remaining - nextLook
        lastLook = now
        guard !hasAsked, isNear || isReached else { return false }
        hasAsked = true
        return true
    }
}
