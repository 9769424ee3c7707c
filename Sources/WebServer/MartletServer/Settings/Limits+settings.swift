import MartletGateway

/// The limits, one row each.
extension Limits: Configurable {
    package static let defaults = Limits()

    private static let terabyte = 1 << 40

    package static let settings: [Setting<Limits>] = [
        Setting(
            "limit-head",
            key: "head",
            \.headBytes,
            // Applications cannot be given a larger head.
            .size(1024...RequestHead.maximumSize),
            "Largest request head; above it the answer is 431",
            precedent: "nginx large_client_header_buffers 4 8k",
            elsewhere: ["--limit-request-field_size": ""],
            banner: "head"
        ),
        Setting(
            "limit-head-fields",
            key: "head-fields",
            \.headFields,
            // The shortest line has a letter, a colon and a line end.
            .count(1...RequestHead.maximumSize / 4),
            "Most header lines of a request; above it the answer is 431",
            precedent: "Apache LimitRequestFields 100",
            elsewhere: ["--limit-request-fields": ""],
            banner: "fields"
        ),
        Setting(
            "limit-target",
            key: "target",
            \.targetBytes,
            .size(256...RequestHead.maximumSize),
            "Longest request target; above it the answer is 414",
            precedent: "Apache LimitRequestLine 8190",
            elsewhere: ["--limit-request-line": ""],
            banner: "target"
        ),
        Setting(
            "limit-body",
            key: "body",
            \.bodyBytes,
            .size(0...terabyte),
            "Largest request body; above it the answer is 413",
            precedent: "nginx client_max_body_size 1m",
            elsewhere: ["--max-request-body-size": ""],
            banner: "body"
        ),
        Setting(
            "limit-streams",
            key: "streams",
            \.streams,
            .count(1...65_536),
            "Most requests at a time of one HTTP/2 connection; further ones are refused",
            precedent: "nginx http2_max_concurrent_streams 128"
        ),
        Setting(
            "timeout-head",
            \.headTimeout,
            .duration(.seconds(1) ... .year),
            "Time for a whole request head; after it the answer is 408",
            precedent: "Apache RequestReadTimeout header=20-40, nginx client_header_timeout 60s",
            banner: "head within"
        ),
        Setting(
            "timeout-idle",
            \.idleTimeout,
            .duration(.seconds(1) ... .year),
            "How long a connection is kept open between two requests",
            precedent: "nginx keepalive_timeout 75s",
            elsewhere: ["--keep-alive": ""],
            banner: "idle"
        ),
        Setting(
            "body-grace",
            \.bodyGrace,
            .duration(.seconds(1) ... .year),
            "Time for a request body before the minimum rate counts",
            precedent: "Apache RequestReadTimeout body=20"
        ),
        Setting(
            "body-rate",
            \.bodyRate,
            .size(1...terabyte),
            "Bytes per second that a request body must keep up; below it the answer is 408",
            precedent: "Apache RequestReadTimeout MinRate=500"
        ),
        Setting(
            "timeout-send",
            \.sendTimeout,
            .duration(.seconds(1) ... .year),
            "How long a client may take nothing of its answer before it is dropped",
            precedent: "nginx send_timeout 60s"
        ),
        Setting(
            "drain-bytes",
            \.unreadBodyBytes,
            .size(0...terabyte),
            "How much of an unread request body is discarded to keep the connection",
            details: """
                An application may answer before it has read the body. The next request stands behind that body: up to this size \
                the server reads and discards it, beyond it the connection is closed.
                """,
            precedent: "Go net/http 256 KB"
        ),
        Setting(
            "timeout-drain",
            \.lingerTimeout,
            .duration(.seconds(1) ... .year),
            "How long what a client still sends after its answer is read and discarded",
            details: """
                A connection that is closed while the client sends is reset, and the client may lose the answer that it was \
                about to read. So the server reads on for a while before it closes.
                """,
            precedent: "nginx lingering_time 30s"
        ),
        Setting(
            "drain-silence",
            \.lingerSilence,
            .duration(.seconds(1) ... .year),
            "How long a client may send nothing, nor close, while that is done",
            precedent: "nginx lingering_timeout 5s"
        ),
        Setting(
            "limit-connections",
            key: "connections",
            \.connections,
            .count(0...1_048_576),
            "Most open connections; 0: from the limit on open files. At the limit the oldest idle ones are closed; where none is idle, new ones",
            precedent: "nginx worker_connections 512",
            elsewhere: ["--worker-connections": "", "--connection-limit": ""]
        ),
    ]

    /// The most important ones, in one line for the start banner.
    package var summary: String {
        Self.settings.compactMap { setting in setting.banner.map { "\($0) \(setting.text(in: self))" } }
            .joined(separator: ", ")
    }
}
