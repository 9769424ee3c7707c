import Glibc
package import MartletBytes
import MartletGateway
import MartletHTTP1
package import NIOCore

/// The access log as JSON, an object for each line (RFC 8259):
///
///     {"time":"2026-11-23T04:49:53.120Z","client":"192.0.2.1","method":"GET","target":"/","protocol":"HTTP/1.1",
///      "status":200,"bytes":12,"duration_ms":1.204,"referer":null,"user_agent":"curl/8.5.0","request_id":"1-1",
///      "host":"example.com","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"}
///
/// All names are always present; `null` means unknown. docs/reference/access-log.md has them for readers of logs.
package enum JSONLogFormat {
    /// When a line is written.
    package struct Moment {
        /// Milliseconds since 1970.
        let milliseconds: Int
        /// The same moment by the clock of deadlines.
        let deadline: NIODeadline

        package init(milliseconds: Int, deadline: NIODeadline) {
            self.milliseconds = milliseconds
            self.deadline = deadline
        }

        static var now: Moment {
            var moment = timespec()
            clock_gettime(CLOCK_REALTIME, &moment)
            return Moment(milliseconds: moment.tv_sec * 1000 + moment.tv_nsec / 1_000_000, deadline: .now())
        }
    }

    /// - Parameter secrets: parameters whose values are not written.
    package static func append(
        _ entry: AccessLogEntry,
        hiding secrets: SecretNames,
        at now: Moment,
        to lines: inout [UInt8]
    ) {
        let head = entry.head
        lines.appendText("{\"time\":\"")
        appendTime(now.milliseconds, to: &lines)
        lines.appendText("\",\"client\":")
        entry.client.withUnsafeBytes { append($0, to: &lines) }
        lines.appendText(",\"method\":")
        append(head.map { $0.slice($0.method) }, or: entry.line?.method, to: &lines)
        lines.appendText(",\"target\":")
        append(head.map { $0.slice($0.target) }, or: entry.line?.target, hiding: secrets, to: &lines)
        lines.appendText(",\"protocol\":")
        if let head {
            lines.append(0x22)
            lines.append(head.version)
            lines.append(0x22)
        } else {
            lines.appendText("null")
        }
        lines.appendText(",\"status\":")
        lines.appendDecimal(entry.status)
        lines.appendText(",\"bytes\":")
        lines.appendDecimal(entry.bytes)
        lines.appendText(",\"duration_ms\":")
        appendDuration(entry.started.map { now.deadline - $0 }, to: &lines)
        lines.appendText(",\"referer\":")
        append(entry.field("referer"), or: nil, hiding: secrets, to: &lines)
        lines.appendText(",\"user_agent\":")
        append(entry.field("user-agent"), to: &lines)
        lines.appendText(",\"request_id\":\"")
        RequestID(connection: entry.connection, sequence: entry.sequence).append(to: &lines)
        lines.appendText("\",\"host\":")
        append(head.flatMap { head in head.authority.map { head.slice($0) } }, to: &lines)
        let trace = head?.trace
        lines.appendText(",\"trace_id\":")
        append(trace?.traceID, to: &lines)
        lines.appendText(",\"span_id\":")
        append(trace?.spanID, to: &lines)
        lines.appendText("}\n")
    }

    /// RFC 3339, in UTC.
    private static func appendTime(_ milliseconds: Int, to lines: inout [UInt8]) {
        let parts = CivilTime(secondsSince1970: milliseconds / 1000)
        lines.appendDecimal(parts.year)
        lines.append(0x2D)
        HTTPDate.appendTwo(parts.month, to: &lines)
        lines.append(0x2D)
        HTTPDate.appendTwo(parts.day, to: &lines)
        lines.append(UInt8(ascii: "T"))
        HTTPDate.appendTime(parts, to: &lines)
        appendFraction(milliseconds, to: &lines)
        lines.append(UInt8(ascii: "Z"))
    }

    /// Milliseconds, with three places for the microseconds.
    private static func appendDuration(_ duration: TimeAmount?, to lines: inout [UInt8]) {
        guard let duration else { return lines.appendText("null") }
        let microseconds = Int(max(0, duration.nanoseconds) / 1000)
        lines.appendDecimal(microseconds / 1000)
        appendFraction(microseconds, to: &lines)
    }

    /// A dot and the last three digits.
    private static func appendFraction(_ thousandths: Int, to lines: inout [UInt8]) {
        lines.append(UInt8(ascii: "."))
        lines.append(UInt8(truncatingIfNeeded: max(0, thousandths) / 100 % 10) &+ 0x30)
        HTTPDate.appendTwo(max(0, thousandths) % 100, to: &lines)
    }

    /// - Parameter line: what is known if there is no head.
    private static func append(
        _ text: UnsafeRawBufferPointer?,
        or line: ArraySlice<UInt8>?,
        hiding secrets: SecretNames? = nil,
        to lines: inout [UInt8]
    ) {
        func write(_ text: UnsafeRawBufferPointer?) {
            guard let redacted = text.flatMap({ secrets?.redacted($0) }) else { return append(text, to: &lines) }
            redacted.withUnsafeBytes { append($0, to: &lines) }
        }
        guard text == nil, let line else { return write(text) }
        line.withUnsafeBytes { write($0) }
    }

    private static func append(_ text: UnsafeRawBufferPointer?, to lines: inout [UInt8]) {
        guard let text else { return lines.appendText("null") }
        lines.append(0x22)
        JSONText.append(text, upTo: AccessLogEntry.fieldBytes, to: &lines)
        lines.append(0x22)
    }
}

extension [UInt8] {
    fileprivate mutating func appendText(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}
