import Glibc
package import Logging
import MartletBytes

/// A record of the log as JSON, an object on a line of its own (RFC 8259):
///
///     {"time":"2026-11-29T17:03:02.125Z","level":"error","source":"server","pid":4711,"message":"…","request_id":"1-1",
///      "trace_id":null,"details":null,"fields":{"app":"/shop"}}
///
/// All names are always present; `null` means that there is none. docs/reference/log.md has them for readers of logs; the workers write
/// the same (`error_log.py`).
package struct JSONLogRecord {
    /// What of the metadata has a name of its own, and which.
    private static let own = ["request": "request_id", "trace_id": "trace_id", LogDetails.key: "details"]

    private let time: String
    private let level: Logger.Level
    private let message: String
    private let metadata: Logger.Metadata

    /// - Parameter time: RFC 3339.
    package init(time: String = LogTime.utc(), level: Logger.Level, message: String, metadata: Logger.Metadata = [:]) {
        self.time = time
        self.level = level
        self.message = message
        self.metadata = metadata
    }

    /// With a line break at its end.
    package func render() -> String {
        var line = Array("{".utf8)
        Self.append("time", time, to: &line)
        Self.append("level", level.rawValue, to: &line)
        Self.append("source", "server", to: &line)
        line += "\"pid\":\(getpid()),".utf8
        Self.append("message", message, to: &line)
        for key in ["request", "trace_id", LogDetails.key] {
            Self.append(Self.own[key] ?? key, metadata[key].map { "\($0)" }, to: &line)
        }
        line += "\"fields\":{".utf8
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where Self.own[key] == nil {
            Self.append(key, "\(value)", to: &line)
        }
        if line.last == UInt8(ascii: ",") { line.removeLast() }
        return String(decoding: line, as: UTF8.self) + "}}\n"
    }

    private static func append(_ name: String, _ value: String?, to line: inout [UInt8]) {
        append(name, to: &line)
        line.append(UInt8(ascii: ":"))
        if let value { append(value, to: &line) } else { line += "null".utf8 }
        line.append(UInt8(ascii: ","))
    }

    private static func append(_ text: String, to line: inout [UInt8]) {
        line.append(UInt8(ascii: "\""))
        Array(text.utf8).withUnsafeBytes { JSONText.append($0, upTo: $0.count, to: &line) }
        line.append(UInt8(ascii: "\""))
    }
}
