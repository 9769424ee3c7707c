/// One setting: all that the command line, `--help`, a configuration file, the reference page and the server's own check know
/// about it.
///
/// A new setting is one row in the table of what it sets: ``Limits/settings``, ``ServerConfiguration/settings``, and so on.
/// Flags, keys, help, page and check are loops over those tables.
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
    /// What a sentence cannot say, for the reference page; empty for most.
    package let details: String
    /// What other servers have in its place, and where they draw the line.
    package let precedent: String
    /// The flags of other servers for the same, each with the value that it stands for, where that is not the value it is given.
    package let elsewhere: [String: String]
    /// How the default reads in `--help` and on the reference page; the same on every machine.
    package let defaultText: String
    /// What the start banner calls it; nil where it is not shown there.
    package let banner: String?

    private let parse: @Sendable (String) throws(SettingError) -> SettingChange<Root>
    private let write: @Sendable (Root) -> String
    private let isKept: @Sendable (Root) -> Bool

    /// - Parameters:
    ///   - key: the key in a file, where that is not the name of the flag.
    ///   - elsewhere: what people who come from other servers write, so that they are told what it is called here.
    ///   - defaultText: where the default differs from machine to machine, or is no value.
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

    /// What a text changes.
    ///
    /// - Throws: ``SettingError`` for what is no value of this setting.
    package func change(parsing text: String) throws(SettingError) -> SettingChange<Root> {
        try parse(text)
    }

    /// The value in force, as people read it: `32 KB`, `10 s`.
    package func text(in root: Root) -> String { write(root) }

    /// What is wrong with a value that no command line and no file has looked at.
    package func fault(in root: Root) -> SettingOutOfRange? {
        isKept(root) ? nil : SettingOutOfRange(name: name, text: text(in: root), accepts: format.accepts)
    }
}

/// What has settings: a value, the default of each, and a row for each.
package protocol Configurable: Sendable {
    /// What is in force where nothing is said.
    static var defaults: Self { get }
    static var settings: [Setting<Self>] { get }
}

/// Why a value is not accepted, in words for the person who wrote it.
package struct SettingError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// What an app's own program has set is outside of what the server can keep to.
package struct SettingOutOfRange: Error, Sendable, CustomStringConvertible {
    let name: String
    let text: String
    let accepts: String

    package var description: String { "The setting \(name) is \(text): it is from \(accepts)." }
}
