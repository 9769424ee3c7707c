import NIOCore

/// Logs a condition that lasts once a minute, instead of each time that it is met.
struct LogPause {
    private var end = NIODeadline.uptimeNanoseconds(0)

    /// Whether it is time to log; if so, the next pause begins.
    mutating func isOver() -> Bool {
        guard .now() >= end else { return false }
        end = .now() + .minutes(1)
        return true
    }
}
