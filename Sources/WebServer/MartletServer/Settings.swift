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
    public let summary: String
    /// Where other servers draw the line.
    public let precedent: String
}

extension Setting {
    /// The table from which flags, validation and the reference page are made.
    public static let limits: [Setting] = [
        Setting(
            name: "limit-head",
            value: .bytes(\.headBytes),
            minimum: 1024,
            summary: "Largest request head; above it the answer is 431.",
            precedent: "nginx large_client_header_buffers 4 8k"
        ),
        Setting(
            name: "limit-head-fields",
            value: .count(\.headFields),
            minimum: 1,
            summary: "Most header lines of a request; above it the answer is 431.",
            precedent: "Apache LimitRequestFields 100"
        ),
        Setting(
            name: "limit-target",
            value: .bytes(\.targetBytes),
            minimum: 256,
            summary: "Longest request target; above it the answer is 414.",
            precedent: "Apache LimitRequestLine 8190"
        ),
        Setting(
            name: "limit-body",
            value: .bytes(\.bodyBytes),
            minimum: 0,
            summary: "Largest request body; above it the answer is 413.",
            precedent: "nginx client_max_body_size 1m"
        ),
        Setting(
            name: "timeout-head",
            value: .duration(\.headTimeout),
            minimum: 1,
            summary: "Time for a whole request head; after it the answer is 408.",
            precedent: "Apache RequestReadTimeout header=20-40, nginx client_header_timeout 60s"
        ),
        Setting(
            name: "timeout-idle",
            value: .duration(\.idleTimeout),
            minimum: 1,
            summary: "How long a connection is kept open between two requests.",
            precedent: "nginx keepalive_timeout 75s"
        ),
        Setting(
            name: "body-grace",
            value: .duration(\.bodyGrace),
            minimum: 1,
            summary: "Time for a request body before the minimum rate counts.",
            precedent: "Apache RequestReadTimeout body=20"
        ),
        Setting(
            name: "body-rate",
            value: .bytes(\.bodyRate),
            minimum: 1,
            summary: "Bytes per second that a request body must keep up; below it the answer is 408.",
            precedent: "Apache RequestReadTimeout MinRate=500"
        ),
        Setting(
            name: "timeout-send",
            value: .duration(\.sendTimeout),
            minimum: 1,
            summary: "How long a client may take nothing of its answer before it is dropped.",
            precedent: "nginx send_timeout 60s"
        ),
        Setting(
            name: "drain-bytes",
            value: .bytes(\.drainBytes),
            minimum: 0,
            summary: "How much of an unread request body is discarded to keep the connection.",
            precedent: "Go net/http 256 KB"
        ),
        Setting(
            name: "timeout-drain",
            value: .duration(\.drainTimeout),
            minimum: 1,
            summary: "How long discarding a body, or waiting for the client to close, may take.",
            precedent: "nginx lingering_timeout 5s"
        ),
        Setting(
            name: "limit-connections",
            value: .count(\.connections),
            minimum: 0,
            summary:
                "Most open connections; 0: from the limit on open files. At the limit the oldest idle ones are closed.",
            precedent: "nginx worker_connections 512"
        ),
    ]

    /// The default, as it is written: `32768`, `10s`.
    public var defaultText: String { text(in: Limits()) }

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
