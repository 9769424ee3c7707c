/// How long to wait before something that failed is begun again: 1 s, then twice as long each time, up to 60 s.
struct RestartPause: Sendable {
    var first = Duration.seconds(1)
    var longest = Duration.seconds(60)
    private var last: Duration?

    init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
        self.first = first
        self.longest = longest
    }

    /// - Parameter time: for how long it ran; what ran for as long as the longest pause begins with the first one again.
    mutating func next(ranFor time: Duration) -> Duration {
        let pause = time >= longest ? first : last.map { min($0 * 2, longest) } ?? first
        last = pause
        return pause
    }
}
