import Glibc

/// The time of a record of the log in the machine's time zone: `2026-08-01 09:30:00.125 +0200`.
package enum LogTime {
    package static func now() -> String {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        var local = tm()
        localtime_r(&clock.tv_sec, &local)
        return render(local, milliseconds: clock.tv_nsec / 1_000_000)
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
