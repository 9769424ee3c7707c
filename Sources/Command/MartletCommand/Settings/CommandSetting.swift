import ArgumentParser

/// One setting of the command: all that the parser, `--help` and the reference page know about it.
///
/// A new setting is one value in ``Settings`` and one line in the command that reads it.
struct CommandSetting<Value: Sendable>: Sendable {
    /// The flag without its dashes.
    let name: String
    /// What `--help` shows in the place of the value.
    let placeholder: String
    /// What it is for: one sentence without a full stop.
    let summary: String
    /// Which values are accepted, with their unit and range.
    let accepts: String
    let defaultValue: Value
    /// How the default reads in `--help` and on the reference page; the same on every machine.
    let defaultText: String
    /// Whether it may be given several times.
    var repeats = false
    /// Turns what was written on the command line into a value, or throws a ``SettingError``.
    let parse: @Sendable (String) throws -> Value
}

/// Why a value is not accepted, in words for the person who wrote it.
struct SettingError: Error, Equatable, CustomStringConvertible {
    let description: String
}

extension CommandSetting {
    fileprivate var flag: NameSpecification { .customLong(name) }

    fileprivate var help: ArgumentHelp {
        ArgumentHelp("\(summary). (default: \(defaultText))", valueName: placeholder)
    }
}

extension Option {
    /// An option that is what its setting says.
    init(_ setting: CommandSetting<Value>) where Value: Sendable {
        self.init(
            wrappedValue: setting.defaultValue,
            name: setting.flag,
            help: setting.help,
            transform: setting.parse
        )
    }

    /// An option that may be given several times; the default counts when it is not given at all.
    init<Element>(_ setting: CommandSetting<Element>) where Value == [Element], Element: Sendable {
        self.init(
            wrappedValue: [setting.defaultValue],
            name: setting.flag,
            help: setting.help,
            transform: setting.parse
        )
    }
}
