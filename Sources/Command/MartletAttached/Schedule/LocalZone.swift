import Glibc
package import MartletBytes

/// What clocks show somewhere: how far they are from UTC, at each moment.
package struct LocalZone: Sendable {
    /// Seconds east of UTC at a moment, which is in seconds since 1970.
    private let offset: @Sendable (Int) -> Int

    package init(offset: @escaping @Sendable (Int) -> Int) { self.offset = offset }

    /// That of the machine: `TZ`, or /etc/localtime.
    package static let system = {
        tzset()
        return LocalZone { moment in
            var time = time_t(moment)
            var parts = tm()
            return localtime_r(&time, &parts) == nil ? 0 : parts.tm_gmtoff
        }
    }()

    /// What a clock shows.
    package func civil(_ moment: Int) -> CivilTime { CivilTime(secondsSince1970: moment + offset(moment)) }

    /// When a clock shows a time: the first moment of two; where none shows it, the one at which the clock leaves it out.
    ///
    /// - Parameter local: the time, counted in seconds as if it were that of UTC.
    func moment(of local: Int) -> Int {
        let (before, after) = (offset(local - 86_400), offset(local + 86_400))
        // The clock goes back where the offset becomes smaller: the larger one is the earlier moment.
        for candidate in [local - max(before, after), local - min(before, after)]
        where candidate + offset(candidate) == local {
            return candidate
        }
        var (early, late) = (local - max(before, after), local - min(before, after))
        let former = offset(early)
        while late - early > 1 {
            let middle = early + (late - early) / 2
            if offset(middle) == former { early = middle } else { late = middle }
        }
        return late
    }

    /// `2026-11-29 12:05`
    package func text(_ moment: Int) -> String {
        let time = civil(moment)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
        return "\(time.year)-\(two(time.month))-\(two(time.day)) \(two(time.hour)):\(two(time.minute))"
    }
}
