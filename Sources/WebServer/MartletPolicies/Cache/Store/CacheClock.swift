internal import Glibc
import NIOCore

/// The time for a cache; a test has its own.
package struct CacheClock: Sendable {
    /// Nanoseconds that never go back.
    let now: @Sendable () -> Int64
    /// Seconds since 1970.
    let date: @Sendable () -> Int

    package static let system = CacheClock(
        now: { Int64(clamping: NIODeadline.now().uptimeNanoseconds) },
        date: { time(nil) }
    )
}
