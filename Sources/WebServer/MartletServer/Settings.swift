import MartletGateway

/// One limit as a person meets it: on the command line, in a file and in the reference.
public struct Setting: Sendable {
    /// Which field of ``Limits`` it sets, and in which unit.
    public enum Value: Sendable {
        case count(any WritableKeyPath<Limits, Int> & Sendable)
        case bytes(any WritableKeyPath<Limits, Int> & Sendable)
        case duration(any WritableKeyPath<Limits, Duration> & Sendable)
    }

    /// The name, in the form of a command-line flag without its dashes.
    public let name: String
    public let value: Value
    /// The smallest value that makes sense, in the value's own unit; seconds for durations.
    public let minimum: Int
    /// The largest value that every layer keeps to; above it something would be lost in silence.
    public let maximum: Int
    public let summary: String
    /// Where other servers draw the line.
    public let precedent: String
}

extension Setting {
    private static let terabyte = 1 << 40
    /// In seconds.
    private static let year = 31_536_000

    /// The table from which flags, validation and the reference page are made.
    public static let limits: [Setting] = [
        Setting(
            name: "limit-head",
            value: .bytes(\.headBytes),
            minimum: 1024,
            maximum: RequestHead.maximumSize,
            summary: "Largest request head; above it the answer is 431.",
            precedent: "nginx large_client_header_buffers 4 8k"
        ),
        Setting(
            name: "limit-head-fields",
            value: .count(\.headFields),
            minimum: 1,
            // The shortest line is a letter, a colon and the line's end.
            maximum: RequestHead.maximumSize / 4,
            summary: "Most header lines of a request; above it the answer is 431.",
            precedent: "Apache LimitRequestFields 100"
        ),
        Setting(
            name: "limit-target",
            value: .bytes(\.targetBytes),
            minimum: 256,
            maximum: RequestHead.maximumSize,
            summary: "Longest request target; above it the answer is 414.",
            precedent: "Apache LimitRequestLine 8190"
        ),
        Setting(
            name: "limit-body",
            value: .bytes(\.bodyBytes),
            minimum: 0,
            maximum: terabyte,
            summary: "Largest request body; above it the answer is 413.",
            precedent: "nginx client_max_body_size 1m"
        ),
        Setting(
            name: "timeout-head",
            value: .duration(\.headTimeout),
            minimum: 1,
            maximum: year,
            summary: "Time for a whole request head; after it the answer is 408.",
            precedent: "Apache RequestReadTimeout header=20-40, nginx client_header_timeout 60s"
        ),
        Setting(
            name: "timeout-idle",
            value: .duration(\.idleTimeout),
            minimum: 1,
            maximum: year,
            summary: "How long a connection is kept open between two requests.",
            precedent: "nginx keepalive_timeout 75s"
        ),
        Setting(
            name: "body-grace",
            value: .duration(\.bodyGrace),
            minimum: 1,
            maximum: year,
            summary: "Time for a request body before the minimum rate counts.",
            precedent: "Apache RequestReadTimeout body=20"
        ),
        Setting(
            name: "body-rate",
            value: .bytes(\.bodyRate),
            minimum: 1,
            maximum: terabyte,
            summary: "Bytes per second that a request body must keep up; below it the answer is 408.",
            precedent: "Apache RequestReadTimeout MinRate=500"
        ),
        Setting(
            name: "timeout-send",
            value: .duration(\.sendTimeout),
            minimum: 1,
            maximum: year,
            summary: "How long a client may take nothing of its answer before it is dropped.",
            precedent: "nginx send_timeout 60s"
        ),
        Setting(
            name: "drain-bytes",
            value: .bytes(\.drainBytes),
            minimum: 0,
            maximum: terabyte,
            summary: "How much of an unread request body is discarded to keep the connection.",
            precedent: "Go net/http 256 KB"
        ),
        Setting(
            name: "timeout-drain",
            value: .duration(\.drainTimeout),
            minimum: 1,
            maximum: year,
            summary: "How long what a client still sends after its answer is read and discarded.",
            precedent: "nginx lingering_time 30s"
        ),
        Setting(
            name: "drain-silence",
            value: .duration(\.drainSilence),
            minimum: 1,
            maximum: year,
            summary: "How long a client may send nothing, nor close, while that is done.",
            precedent: "nginx lingering_timeout 5s"
        ),
        Setting(
            name: "limit-connections",
            value: .count(\.connections),
            minimum: 0,
            maximum: 1_048_576,
            summary:
                "Most open connections; 0: from the limit on open files. At the limit the oldest idle ones are closed.",
            precedent: "nginx worker_connections 512"
        ),
    ]

    /// The default, as it is written: `32768`, `10s`.
    public var defaultText: String { text(in: Limits()) }

    /// The number in force, in the value's own unit; a part of a second counts as a whole one.
    private func number(in limits: Limits) -> Int {
        switch value {
        case .count(let path), .bytes(let path): return limits[keyPath: path]
        case .duration(let path):
            let (seconds, attoseconds) = limits[keyPath: path].components
            return Int(clamping: attoseconds > 0 ? seconds &+ 1 : seconds)
        }
    }

    /// What is wrong with limits that no command line and no file has looked at.
    static func fault(in limits: Limits) -> LimitOutOfRange? {
        for setting in Self.limits {
            let number = setting.number(in: limits)
            if number > setting.maximum || number < min(setting.minimum, 1) {
                return LimitOutOfRange(setting: setting, text: setting.text(in: limits))
            }
        }
        return nil
    }

    /// The value in force, as it is written.
    public func text(in limits: Limits) -> String {
        switch value {
        case .count(let path), .bytes(let path):
            return "\(limits[keyPath: path])"
        case .duration(let path):
            let (seconds, attoseconds) = limits[keyPath: path].components
            let milliseconds = attoseconds / 1_000_000_000_000_000
            return milliseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + milliseconds)ms"
        }
    }
}

/// A limit that an app's own program has set is outside of what the server can keep to.
public struct LimitOutOfRange: Error, Sendable, CustomStringConvertible {
    let setting: Setting
    let text: String

    public var description: String {
        let unit =
            switch setting.value {
            case .count: ""
            case .bytes: " bytes"
            case .duration: " seconds"
            }
        return "The limit \(setting.name) is \(text): it is from \(setting.minimum) to \(setting.maximum)\(unit)."
    }
}
