import MartletBytes
import MartletServer

/// The settings of what is said of requests.
extension ServerConfiguration {
    static let loggingSettings: [Setting<ServerConfiguration>] = [
        Setting(
            "access-log-sample",
            \.accessLogSample,
            .share,
            "The share of requests that the access log has; those answered with 500 and above are in it in any case",
            details:
                "Which ones is left to chance. A line that is there with a status below 500 stands for 1 / share requests.",
            precedent: "nginx split_clients with access_log if=, Caddy log sampling"
        ),
        Setting(
            "redact",
            \.secrets,
            .secretNames,
            "Query parameters whose values the access log does not show",
            details: """
                In the target and in the referrer. A name counts by its words, so that `token` is also `access_token` and \
                `resetToken`; with `=` before it, it is the whole name alone, as `=code` of the default is, which OAuth has. `default` stands for the names of the default, which always count in the server's own messages, in \
                lines that Python's workers write, and in what `martlet status` and the status page show. Cookies and Authorization are never logged, and secrets in paths are not known as such.
                """,
            precedent: "Caddy log filter query, Rails filter_parameters",
            defaultText: "default"
        ),
        Setting(
            "trace-context",
            \.traceContext,
            .choice(
                "what",
                TraceContext.allCases,
                accepts: "`pass`, `create` for requests without one as well, or `drop`"
            ) { "it is one of \($0.joined(separator: ", "))" },
            "What is done about the trace context of requests (`traceparent`)",
            details: """
                It goes to the application, and into the access log as `trace_id` and `span_id`. One that is not valid is \
                removed.
                """,
            precedent: "nginx otel_trace_context ignore"
        ),
    ]
}

extension SettingKind where Value == Double {
    fileprivate static var share: Self {
        var kind = Self.text(
            "share",
            accepts: "a number from 0 to 1, such as `0.1` for one request in ten",
            read: { text in
                guard let share = Double(text), (0...1).contains(share) else {
                    throw SettingError(description: "a share is a number from 0 to 1, such as 0.1")
                }
                return share
            },
            write: { $0 == 0 || $0 == 1 ? "\(Int($0))" : "\($0)" }
        )
        kind.format.inFile = .fraction
        return kind
    }
}

extension SettingKind where Value == SecretNames {
    fileprivate static var secretNames: Self {
        var kind = Self.text(
            "name",
            accepts:
                "names, several with commas between, `default`, or `none`; may be given several times, and replaces the default",
            read: { try names($0) },
            write: { secrets in
                if secrets == .defaults { return "default" }
                return secrets.names.isEmpty ? "none" : secrets.names.joined(separator: ",")
            }
        )
        kind.standsAlone = { $0.names.isEmpty }
        return kind.repeated { SecretNames($0.names + $1.names) }
    }

    private static func names(_ text: String) throws(SettingError) -> SecretNames {
        if text == "none" { return SecretNames([]) }
        var names: [String] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard name != "default" else {
                names += SecretNames.defaults.names
                continue
            }
            let word = name.hasPrefix("=") ? name.dropFirst() : name
            guard !word.isEmpty, word.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) }) else {
                throw SettingError(description: "'\(name)' is not a word of letters and digits, such as token or =code")
            }
            names.append(String(name))
        }
        return SecretNames(names)
    }
}
