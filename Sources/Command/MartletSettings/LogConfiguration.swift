package import Logging
import MartletBytes
package import MartletServer

/// What a program's own log shows.
package struct LogConfiguration: Sendable {
    package var level = Logger.Level.info

    package init() {}
}

extension LogConfiguration: Configurable {
    package static let defaults = LogConfiguration()

    package static let settings: [Setting<LogConfiguration>] = [
        Setting(
            "log-level",
            \.level,
            .choice("level", Logger.Level.allCases) { "the levels are \($0.joined(separator: ", "))" },
            "The least severe records that the log shows",
            precedent: "nginx error_log error, gunicorn --log-level info",
            elsewhere: ["--loglevel": ""]
        )
    ]
}

extension SettingKind where Value: RawRepresentable, Value.RawValue == String {
    /// One of some words, in any case.
    ///
    /// - Parameter complaint: says which ones there are.
    package static func choice(
        _ placeholder: String,
        _ values: [Value],
        accepts: String? = nil,
        _ complaint: @escaping @Sendable ([String]) -> String
    ) -> Self {
        let names = values.map(\.rawValue)
        return text(
            placeholder,
            accepts: accepts ?? names.map { "`\($0)`" }.joined(separator: ", "),
            read: { text in
                let text = text.lowercased()
                if let value = Value(rawValue: text) { return value }
                let guess = NearMatch.closest(to: text, among: names).map { "; did you mean '\($0)'?" } ?? ""
                throw SettingError(description: complaint(names) + guess)
            },
            write: { $0.rawValue }
        )
    }
}
