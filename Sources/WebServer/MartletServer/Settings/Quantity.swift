/// A number with its unit, as people write and read it: `100`, `10MB`, `75s`.
package enum Quantity: Equatable, Sendable {
    case count(Int)
    case bytes(Int)
    case duration(Duration)
}

// MARK: - Reading

extension Quantity {
    package static func count(parsing text: String) throws(SettingError) -> Int {
        if text.hasPrefix("-") { throw SettingError(description: "it cannot be negative") }
        guard let number = number(text[...]) else {
            throw SettingError(description: "it is a whole number, such as 100")
        }
        return number
    }

    /// 1 KB is 1024 bytes, as in nginx and Apache.
    package static func bytes(parsing text: String) throws(SettingError) -> Int {
        let units = [("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("B", 1)]
        return try scaled(text, units, "a size has a unit: B, KB, MB or GB, as in 10MB")
    }

    package static func duration(parsing text: String) throws(SettingError) -> Duration {
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        return .milliseconds(try scaled(text, units, "a duration has a unit: ms, s, m or h, as in 75s"))
    }

    private static func scaled(
        _ text: String,
        _ units: [(name: String, factor: Int)],
        _ expected: String
    ) throws(SettingError) -> Int {
        if text.hasPrefix("-") { throw SettingError(description: "it cannot be negative") }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let name = text[digits.endIndex...].lowercased()
        guard let unit = units.first(where: { $0.name.lowercased() == name }), let number = number(digits) else {
            throw SettingError(description: expected)
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        guard !overflow else { throw SettingError(description: "it is too large") }
        return product
    }

    private static func number(_ text: Substring) -> Int? {
        text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }
}

// MARK: - Writing

extension Quantity {
    /// With a space between number and unit, in the largest unit that gives a whole number.
    package var text: String {
        switch self {
        case .count(let number): return "\(number)"
        case .bytes(let number):
            for (name, factor) in [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)]
            where number >= factor && number % factor == 0 { return "\(number / factor) \(name)" }
            return "\(number) B"
        case .duration(let duration):
            let (seconds, attoseconds) = duration.components
            let milliseconds = attoseconds / 1_000_000_000_000_000
            if milliseconds != 0, abs(seconds) < 1 << 50 { return "\(seconds * 1000 + milliseconds) ms" }
            // Whole hours are shown as hours, since nobody counts them in seconds; a minute is 60 s.
            return seconds >= 3600 && seconds % 3600 == 0 ? "\(seconds / 3600) h" : "\(seconds) s"
        }
    }
}
