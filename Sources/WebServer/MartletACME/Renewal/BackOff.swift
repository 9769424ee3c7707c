/// How long to wait after a failure.
enum BackOff {
    /// Let's Encrypt forgives five wrong proofs of a name in an hour; these are four.
    private static let afterRefusal = [60, 300, 900, 3600, 3 * 3600, 6 * 3600]
    /// Nothing was decided, so less is lost by asking.
    private static let afterSilence = [5, 10, 30, 60, 300, 900, 3600]

    /// - Parameters:
    ///   - failures: how many there were since the last success, this one included.
    ///   - isPassing: the authority could not be reached, or had no time.
    ///   - retryAfter: what it asks for itself, in seconds.
    /// - Returns: seconds.
    static func delay(after failures: Int, isPassing: Bool, retryAfter: Int?) -> Int {
        let steps = isPassing ? afterSilence : afterRefusal
        return max(steps[min(max(failures, 1), steps.count) - 1], retryAfter ?? 0)
    }
}
