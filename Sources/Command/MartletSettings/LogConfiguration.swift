package import Logging
import MartletBytes
package import MartletServer

/// What a program's own log shows.
package struct LogConfiguration: Sendable {
    package var level = Logger.Level.info
    package var format = LogFormat.text

    package init() {}
}

/// How a record of the log is written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// A line for people.
    case text
    /// One JSON object a line.
    case json
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
        ),
        Setting(
            "log-format",
            \.format,
            .choice("format", LogFormat.allCases, accepts: "`text` for people, or `json`, one object a line") {
                "the formats are \($0.joined(separator: " and "))"
            },
            "How a record of the log is written, on standard error",
            details:
                "Those of Python's workers too; what an app writes there itself stays as it is. See [the log](log.md).",
            precedent: "Caddy log format console, json; Traefik log.format common"
        ),
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
