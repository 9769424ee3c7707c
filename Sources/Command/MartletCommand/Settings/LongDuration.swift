import MartletServer

/// Durations that people count in days.
enum LongDuration {
    private static let units = ["y": 31_536_000, "d": 86_400]

    static func parse(_ text: String) throws(SettingError) -> Duration {
        if let unit = text.last.flatMap({ units[String($0)] }), let number = Int(text.dropLast()), number >= 0 {
            let (seconds, overflow) = number.multipliedReportingOverflow(by: unit)
            return .seconds(overflow ? Int.max >> 1 : seconds)
        }
        do { return try Quantity.duration(parsing: text) } catch {
            throw SettingError(description: "a duration has a unit: s, m, h, d or y, as in 30d")
        }
    }

    static func text(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return seconds > 0 && seconds % 86_400 == 0 ? "\(seconds / 86_400) d" : Quantity.duration(duration).text
    }
}
