import HTTPTypes
import MartletBytes
import MartletPolicies
import MartletServer
import MartletSettings

extension SettingKind {
    /// Values of another kind, or nil if nothing is said.
    ///
    /// - Parameter none: what that means.
    static func optional<Wrapped>(_ kind: SettingKind<Wrapped>, none: String) -> Self where Value == Wrapped? {
        var format = kind.format
        format.isSwitch = false
        var optional = Self(
            format,
            read: { (text) throws(SettingError) in try kind.read(text) },
            write: { $0.map(kind.write) ?? none }
        )
        optional.isKept = { $0.map(kind.isKept) ?? true }
        return optional
    }

    /// A list of values.
    static func list<Element>(_ kind: SettingKind<Element>, none: String) -> Self where Value == [Element] {
        var format = kind.format
        format.accepts += "; or a list of them"
        let list = Self(
            format,
            read: { (text) throws(SettingError) in [try kind.read(text)] },
            write: { $0.isEmpty ? none : $0.map(kind.write).joined(separator: ", ") }
        )
        return list.repeated { $0 + $1 }
    }
}

extension SettingKind where Value == String {
    /// A path relative to the file that it stands in.
    static func path(_ placeholder: String, accepts: String) -> Self {
        Self.text(
            placeholder,
            accepts: accepts,
            read: { text in
                guard !text.isEmpty else { throw SettingError(description: "it is empty; write a path") }
                return text
            },
            write: { $0 }
        )
        .relative { text, folder in text.isEmpty ? text : FileSystem.join(folder, text) }
    }

    /// The name of a field.
    static var fieldName: Self {
        Self.text(
            "name",
            accepts: "the name of a field, such as `X-User`",
            read: { text in
                guard HTTPField.Name(text) != nil else {
                    throw SettingError(description: "'\(text)' is no name of a field, such as X-User")
                }
                return text
            },
            write: { $0 }
        )
    }
}

extension SettingKind where Value == [AddressRules.Peer] {
    static var clients: Self {
        Self.text(
            "client",
            accepts: "addresses, networks such as `10.0.0.0/8`, `unix`, or `all`; one, or a list",
            read: { try AddressRules.peers(parsing: $0) },
            write: { $0.isEmpty ? "none" : $0.map { "\($0)" }.joined(separator: ", ") }
        )
        .repeated { $0 + $1 }
    }
}

extension SettingKind where Value == ClientKind {
    static var clientKind: Self {
        Self.text(
            "what",
            accepts: "`address`, of IPv6 its first 64 bits; or `header:NAME`",
            read: { try ClientKind(parsing: $0) },
            write: { "\($0)" }
        )
    }
}

extension SettingKind where Value == Duration {
    /// A duration that may have days: `30d`.
    static func days(most: Int) -> Self {
        Self.text(
            "time",
            accepts: "a duration such as `365d`, at most `\(most)d`",
            read: { text in
                let duration = try LongDuration.parse(text)
                guard duration <= .seconds(most * 86_400) else {
                    throw SettingError(description: "it is at most \(most) days, \(most)d")
                }
                return duration
            },
            write: { LongDuration.text($0) }
        )
    }
}
