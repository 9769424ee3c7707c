import Glibc

/// The text behind a record of the log that is shown as it is, such as a traceback.
package enum LogDetails {
    /// In the metadata.
    package static let key = "details"
}

/// The time of a record of the log in the machine's time zone: `2026-08-01 09:30:00.125 +0200`.
package enum LogTime {
    package static func now() -> String {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        var local = tm()
        localtime_r(&clock.tv_sec, &local)
        return render(local, milliseconds: clock.tv_nsec / 1_000_000)
    }

    /// The same as RFC 3339 has it, in UTC: `2026-08-01T07:30:00.125Z`.
    package static func utc() -> String {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        return utc(seconds: clock.tv_sec, milliseconds: clock.tv_nsec / 1_000_000)
    }

    static func utc(seconds: Int, milliseconds: Int) -> String {
        let time = CivilTime(secondsSince1970: seconds)
        let date = "\(time.year)-\(digits(time.month))-\(digits(time.day))"
        let clock = "\(digits(time.hour)):\(digits(time.minute)):\(digits(time.second))"
        return "\(date)T\(clock).\(digits(milliseconds, width: 3))Z"
    }

    static func render(_ time: tm, milliseconds: Int) -> String {
        let date = "\(time.tm_year + 1900)-\(digits(time.tm_mon + 1))-\(digits(time.tm_mday))"
        let clock = "\(digits(time.tm_hour)):\(digits(time.tm_min)):\(digits(time.tm_sec))"
        let minutes = abs(time.tm_gmtoff) / 60
        let zone = "\(time.tm_gmtoff < 0 ? "-" : "+")\(digits(minutes / 60))\(digits(minutes % 60))"
        return "\(date) \(clock).\(digits(milliseconds, width: 3)) \(zone)"
    }

    private static func digits(_ value: some BinaryInteger, width: Int = 2) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
