import Glibc

/// The time for ages: nanoseconds of a clock that never goes back. Reading the coarse one is no system call.
enum Clock {
    static let second = 1_000_000_000

    static var now: Int {
        var moment = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &moment)
        return moment.tv_sec &* second &+ moment.tv_nsec
    }
}
