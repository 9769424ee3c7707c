/// One setting: everything that the command line, `--help`, configuration files, the reference page and the server's
/// own check need to know.
///
/// A new setting is one row in the table of the value that it belongs to: ``Limits/settings``,
/// ``ServerConfiguration/settings``, and so on. Flags, keys, help, page and check are loops over those tables.
package struct Setting<Root: Sendable>: Sendable {
    /// The flag without its dashes.
    package let name: String
    /// The key in a file.
    package let key: String
    /// The field that it sets.
    package let path: any PartialKeyPath<Root> & Sendable
    /// How its values are written.
    package let format: SettingFormat
    /// What it is for: one sentence without a full stop.
    package let summary: String
    /// More than the summary, for the reference page; usually empty.
    package let details: String
    /// What other servers call it, and their default.
    package let precedent: String
    /// The flags of other servers for the same setting; each with the value that it stands for, if that is not its own
    /// argument.
    package let elsewhere: [String: String]
    /// The default as shown in `--help` and on the reference page; the same on every machine.
    package let defaultText: String
    /// Its name in the start banner; nil if it is not shown there.
    package let banner: String?

    private let parse: @Sendable (String) throws(SettingError) -> SettingChange<Root>
    private let write: @Sendable (Root) -> String
    private let isKept: @Sendable (Root) -> Bool

    /// - Parameters:
    ///   - key: the key in a file, if that is not the name of the flag.
    ///   - elsewhere: the flags of other servers, so that people who use them are told the name here.
    ///   - defaultText: for defaults that differ from machine to machine, or are not a value.
    package init<Value>(
        _ name: String,
        key: String? = nil,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ kind: SettingKind<Value>,
        _ summary: String,
        details: String = "",
        precedent: String,
        elsewhere: [String: String] = [:],
        defaultText: String? = nil,
        banner: String? = nil
    ) where Root: Configurable {
        let key = key ?? name
        self.name = name
        self.key = key
        self.path = path
        format = kind.format
        self.summary = summary
        self.details = details
        self.precedent = precedent
        self.elsewhere = elsewhere
        self.defaultText = defaultText ?? kind.write(Root.defaults[keyPath: path])
        self.banner = banner
        parse = { (text) throws(SettingError) in
            let value = try kind.read(text)
            return SettingChange(
                name: name,
                key: key,
                text: text,
                identity: kind.identity(value),
                standsAlone: kind.standsAlone(value)
            ) { root, isFirst in
                guard !isFirst, let combine = kind.combine else { return root[keyPath: path] = value }
                root[keyPath: path] = combine(root[keyPath: path], value)
            }
        }
        write = { kind.write($0[keyPath: path]) }
        isKept = { kind.isKept($0[keyPath: path]) }
    }

    /// The change that a text makes.
    ///
    /// - Throws: ``SettingError`` if it is not a value of this setting.
    package func change(parsing text: String) throws(SettingError) -> SettingChange<Root> {
        try parse(text)
    }

    /// The current value, as shown to people: `32 KB`, `10 s`.
    package func text(in root: Root) -> String { write(root) }

    /// What is wrong with a value that was set by a program instead of a command line or a file.
    package func fault(in root: Root) -> SettingOutOfRange? {
        isKept(root) ? nil : SettingOutOfRange(name: name, text: text(in: root), accepts: format.accepts)
    }
}

/// A type with settings: their defaults, and a row for each.
package protocol Configurable: Sendable {
    /// The values if nothing is set.
    static var defaults: Self { get }
    /// The same for flags, where a command has others than a file.
    static var flagDefaults: Self { get }
    static var settings: [Setting<Self>] { get }
}

extension Configurable {
    package static var flagDefaults: Self { defaults }
}

/// Why a value is rejected, in words for the person who wrote it.
package struct SettingError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// A program has set a value outside of what the server supports.
package struct SettingOutOfRange: Error, Sendable, CustomStringConvertible {
    let name: String
    let text: String
    let accepts: String

    package var description: String { "The setting \(name) is \(text): it is from \(accepts)." }
}
