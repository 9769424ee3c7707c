/// How the values of a setting are written, on a command line and in a file.
package struct SettingFormat: Sendable {
    /// How they are written in a file.
    package enum InFile: Sendable {
        /// In quotes.
        case text
        /// In quotes, a number with its unit.
        case quantity
        /// A whole number, without quotes.
        case number
        /// A number with or without a decimal point, without quotes.
        case fraction
        /// `true` or `false`.
        case truth
        /// A table of texts, of which each is `KEY=VALUE` on the command line.
        case table
    }

    package var inFile = InFile.text
    /// The placeholder for the value in `--help`.
    package var placeholder: String
    /// Which values are accepted, with their unit and range.
    package var accepts: String
    /// Whether it is an argument without a flag.
    package var isArgument = false
    /// Whether the flag takes no value and turns something on.
    package var isSwitch = false
    /// Whether it may be given several times.
    package var repeats = false
    /// Makes a path relative to the folder of the configuration file.
    package var relative: @Sendable (String, _ folder: String) -> String = { text, _ in text }
}

/// A kind of values: how they are read, written and joined.
package struct SettingKind<Value: Sendable>: Sendable {
    package var format: SettingFormat
    package var read: @Sendable (String) throws(SettingError) -> Value
    package var write: @Sendable (Value) -> String
    /// Whether the server supports a value that a program has set; the range for people may be narrower.
    package var isKept: @Sendable (Value) -> Bool = { _ in true }
    /// Adds another value to the ones before; nil if the last one counts.
    package var combine: (@Sendable (Value, Value) -> Value)?
    /// Identifies values that may be given only once.
    package var identity: @Sendable (Value) -> String? = { _ in nil }
    /// Whether it contradicts every other value.
    package var standsAlone: @Sendable (Value) -> Bool = { _ in false }

    package init(
        _ format: SettingFormat,
        read: @escaping @Sendable (String) throws(SettingError) -> Value,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.format = format
        self.read = read
        self.write = write
    }
}

// MARK: - Numbers

extension SettingKind where Value == Int {
    package static func count(_ range: ClosedRange<Int>) -> Self {
        let format = SettingFormat(inFile: .number, placeholder: "n", accepts: accepts(range, Quantity.count))
        return .ranged(format, range, atLeast: 1, Quantity.count(parsing:), Quantity.count)
    }

    /// A number of things, with advice for people who ask for none.
    package static func count(_ range: ClosedRange<Int>, of noun: String, advice: String) -> Self {
        var kind = count(range)
        kind.read = { (text) throws(SettingError) in
            guard let value = Int(text) else {
                throw SettingError(description: "the number of \(noun) is a whole number; \(advice)")
            }
            guard value >= range.lowerBound else {
                throw SettingError(
                    description: "there must be at least \(range.lowerBound) of the \(noun); \(advice)"
                )
            }
            guard value <= range.upperBound else {
                throw SettingError(description: "the number of \(noun) is at most \(range.upperBound)")
            }
            return value
        }
        return kind
    }

    package static func size(_ range: ClosedRange<Int>) -> Self {
        let format = SettingFormat(inFile: .quantity, placeholder: "size", accepts: accepts(range, Quantity.bytes))
        return .ranged(format, range, atLeast: 1, Quantity.bytes(parsing:), Quantity.bytes)
    }
}

extension SettingKind where Value == Duration {
    package static func duration(_ range: ClosedRange<Duration>) -> Self {
        let format = SettingFormat(inFile: .quantity, placeholder: "time", accepts: accepts(range, Quantity.duration))
        return .ranged(format, range, atLeast: .nanoseconds(1), Quantity.duration(parsing:), Quantity.duration)
    }
}

extension SettingKind where Value: Comparable {
    private static func accepts(_ range: ClosedRange<Value>, _ quantity: (Value) -> Quantity) -> String {
        "\(quantity(range.lowerBound).text) to \(quantity(range.upperBound).text)"
    }

    /// - Parameter least: the smallest value that is not zero. Programs may set values below the range, as tests do to
    ///   be fast.
    private static func ranged(
        _ format: SettingFormat,
        _ range: ClosedRange<Value>,
        atLeast least: Value,
        _ read: @escaping @Sendable (String) throws(SettingError) -> Value,
        _ quantity: @escaping @Sendable (Value) -> Quantity
    ) -> Self {
        var kind = Self(
            format,
            read: { (text) throws(SettingError) in
                let value = try read(text)
                guard value >= range.lowerBound else {
                    throw SettingError(description: "it is at least \(quantity(range.lowerBound).text)")
                }
                guard value <= range.upperBound else {
                    throw SettingError(description: "it is at most \(quantity(range.upperBound).text)")
                }
                return value
            },
            write: { quantity($0).text }
        )
        kind.isKept = { $0 <= range.upperBound && $0 >= min(range.lowerBound, least) }
        return kind
    }
}

extension Duration {
    /// The largest duration if nothing else bounds it: longer than this, a limit is of no use.
    package static let year = Duration.seconds(31_536_000)
}

// MARK: - Off and on

extension SettingKind {
    /// Values of another kind, or `off`, which is nil.
    package static func orOff<Wrapped>(_ kind: SettingKind<Wrapped>) -> Self where Value == Wrapped? {
        var format = kind.format
        format.accepts += ", or `off`"
        return Self(
            format,
            read: { (text) throws(SettingError) in
                if text == "off" { return nil }
                do { return try kind.read(text) } catch { throw SettingError(description: "\(error), or off") }
            },
            write: { $0.map(kind.write) ?? "off" }
        )
    }
}

extension SettingKind where Value == Bool {
    /// Off until its flag is given, which takes no value.
    package static var flag: Self {
        var kind = onOff
        kind.format.placeholder = ""
        kind.format.accepts = "nothing; `true` or `false` in a file"
        kind.format.isSwitch = true
        return kind
    }

    /// For settings that are on by default, which a flag without a value could not turn off.
    package static var onOff: Self {
        Self(
            SettingFormat(inFile: .truth, placeholder: "off|on", accepts: "`off` or `on`; `true` or `false` in a file"),
            read: { (text) throws(SettingError) in
                switch text.lowercased() {
                case "on", "true": return true
                case "off", "false": return false
                default: throw SettingError(description: "it is on or off")
                }
            },
            write: { $0 ? "on" : "off" }
        )
    }
}

extension SettingKind where Value == Int {
    /// One of a few numbers.
    package static func number(_ numbers: [Int], _ advice: String) -> Self {
        Self(
            SettingFormat(inFile: .number, placeholder: "n", accepts: numbers.map(String.init).joined(separator: ", ")),
            read: { (text) throws(SettingError) in
                guard let number = Int(text), numbers.contains(number) else { throw SettingError(description: advice) }
                return number
            },
            write: { "\($0)" }
        )
    }
}

// MARK: - Texts

extension SettingKind {
    /// Values that a function parses; its error says what is expected.
    package static func text(
        _ placeholder: String,
        accepts: String,
        read: @escaping @Sendable (String) throws -> Value,
        write: @escaping @Sendable (Value) -> String
    ) -> Self {
        Self(
            SettingFormat(placeholder: placeholder, accepts: accepts),
            read: { (text) throws(SettingError) in
                do { return try read(text) } catch { throw SettingError(description: "\(error)") }
            },
            write: write
        )
    }

    /// The same values; if given several times, they add up.
    package func repeated(_ combine: @escaping @Sendable (Value, Value) -> Value) -> Self {
        var kind = self
        kind.format.repeats = true
        kind.combine = combine
        return kind
    }

    /// The same values, with paths relative to the file that they are in.
    package func relative(_ place: @escaping @Sendable (String, _ folder: String) -> String) -> Self {
        var kind = self
        kind.format.relative = place
        return kind
    }
}
