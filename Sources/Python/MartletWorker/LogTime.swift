internal import Glibc

/// The time as the server's log writes it.
enum LogTime {
    /// `2026-05-01 12:30:05.123 +0200`.
    static var now: String {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        var parts = tm()
        localtime_r(&moment.tv_sec, &parts)
        let milliseconds = String(moment.tv_nsec / 1_000_000)
        let fraction = String(repeating: "0", count: max(0, 3 - milliseconds.count)) + milliseconds
        return format(&parts, "%Y-%m-%d %H:%M:%S.") + fraction + format(&parts, " %z")
    }

    private static func format(_ parts: inout tm, _ form: String) -> String {
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, form, &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
