import ArgumentParser

/// One setting: all that the command line, `--help`, the configuration file and the reference page know about it.
///
/// A new setting is one value in ``Settings``, and one line each where the command line and the file are read.
struct CommandSetting<Value: Sendable>: Sendable {
    /// The flag without its dashes.
    let name: String
    /// The key in a file.
    let key: String
    /// How the value is written in a file.
    let form: SettingForm
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
    let repeats: Bool
    /// Turns what was written on the command line into a value, or throws a ``SettingError``.
    let parse: @Sendable (String) throws -> Value

    /// - Parameter key: the key in a file, where that is not the name of the flag.
    init(
        name: String,
        key: String? = nil,
        form: SettingForm = .text,
        placeholder: String,
        summary: String,
        accepts: String,
        defaultValue: Value,
        defaultText: String,
        repeats: Bool = false,
        parse: @escaping @Sendable (String) throws -> Value
    ) {
        self.name = name
        self.key = key ?? name
        self.form = form
        self.placeholder = placeholder
        self.summary = summary
        self.accepts = accepts
        self.defaultValue = defaultValue
        self.defaultText = defaultText
        self.repeats = repeats
        self.parse = parse
    }
}

/// How the value of a setting is written in a file.
enum SettingForm: Sendable {
    /// In quotes.
    case text
    /// In quotes, a number with its unit.
    case quantity
    /// A whole number, without quotes.
    case number
    /// `true` or `false`; a flag without a value on the command line.
    case flag
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

extension Option {
    /// An option that may be given several times, and is empty when it is not given at all: the default depends on other things.
    init<Element>(ifGiven setting: CommandSetting<Element>) where Value == [Element], Element: Sendable {
        self.init(wrappedValue: [], name: setting.flag, help: setting.help, transform: setting.parse)
    }
}

extension Flag where Value == Bool {
    /// A flag that is what its setting says.
    init(_ setting: CommandSetting<Bool>) {
        self.init(wrappedValue: setting.defaultValue, name: setting.flag, help: ArgumentHelp("\(setting.summary)."))
    }
}
