/// A number with its unit, as people write and read it: `100`, `10MB`, `75s`.
enum Quantity: Equatable {
    case count(Int)
    case bytes(Int)
    case duration(Duration)
}

extension Quantity {
    /// Quantities of different kinds have no order.
    static func < (first: Quantity, second: Quantity) -> Bool {
        switch (first, second) {
        case (.count(let a), .count(let b)), (.bytes(let a), .bytes(let b)): a < b
        case (.duration(let a), .duration(let b)): a < b
        default: false
        }
    }
}

// MARK: - Reading

extension Quantity {
    static func count(parsing text: String) throws(SettingError) -> Int {
        guard let number = number(text[...]) else {
            throw SettingError(description: "it is a whole number, such as 100")
        }
        return number
    }

    /// 1 KB is 1024 bytes, as it is nginx's and Apache's.
    static func bytes(parsing text: String) throws(SettingError) -> Int {
        let units = [("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("B", 1)]
        return try scaled(text, units, "a size has a unit: B, KB, MB or GB, as in 10MB")
    }

    static func duration(parsing text: String) throws(SettingError) -> Duration {
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        return .milliseconds(try scaled(text, units, "a duration has a unit: ms, s, m or h, as in 75s"))
    }

    private static func scaled(
        _ text: String,
        _ units: [(name: String, factor: Int)],
        _ expected: String
    ) throws(SettingError) -> Int {
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
    /// With a space between number and unit, in the largest unit that leaves a whole number.
    var text: String {
        switch self {
        case .count(let number): return "\(number)"
        case .bytes(let number):
            for (name, factor) in [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)]
            where number >= factor && number % factor == 0 { return "\(number / factor) \(name)" }
            return "\(number) B"
        case .duration(let duration):
            let milliseconds = duration / .milliseconds(1)
            let isWhole = milliseconds.truncatingRemainder(dividingBy: 1000) == 0
            return isWhole ? "\(Int(milliseconds / 1000)) s" : "\(Int(milliseconds)) ms"
        }
    }
}
