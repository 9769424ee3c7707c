import Glibc
import MartletBytes
import MartletGateway
import MartletHTTP1

/// The combined log format, as Apache and nginx write it.
struct CombinedLogFormat {
    private var second = Int.min
    /// The date, between its brackets, up to the quote before the request line.
    private var time: [UInt8] = []

    /// - Parameters:
    ///   - secrets: parameters whose values are not written.
    ///   - now: seconds since 1970.
    mutating func append(
        _ entry: AccessLogEntry,
        hiding secrets: SecretNames,
        second now: Int,
        to lines: inout [UInt8]
    ) {
        if second != now { renderTime(now) }
        lines.append(contentsOf: entry.client)
        lines.append(contentsOf: Self.identity)
        lines.append(contentsOf: time)
        if let head = entry.head {
            Self.appendEscaped(head.slice(head.method), to: &lines)
            lines.append(0x20)
            Self.appendURL(head.slice(head.target), secrets, to: &lines)
            lines.append(0x20)
            lines.append(head.version)
        } else if let line = entry.line {
            line.bytes.withUnsafeBytes { Self.appendURL($0, secrets, to: &lines) }
        } else {
            lines.append(0x2D)
        }
        lines.append(0x22)
        lines.append(0x20)
        lines.appendDecimal(entry.status)
        lines.append(0x20)
        lines.appendDecimal(entry.bytes)
        Self.appendField(entry.field("referer"), secrets, to: &lines)
        Self.appendField(entry.field("user-agent"), nil, to: &lines)
        lines.append(0x0A)
    }

    private static let identity = Array(" - - [".utf8)

    private static func appendField(_ value: UnsafeRawBufferPointer?, _ secrets: SecretNames?, to lines: inout [UInt8])
    {
        lines.append(0x20)
        lines.append(0x22)
        if let value { appendURL(value, secrets, to: &lines) } else { lines.append(0x2D) }
        lines.append(0x22)
    }

    private static func appendURL(_ text: UnsafeRawBufferPointer, _ secrets: SecretNames?, to lines: inout [UInt8]) {
        if let redacted = secrets?.redacted(text) {
            redacted.withUnsafeBytes { appendEscaped($0, to: &lines) }
        } else {
            appendEscaped(text, to: &lines)
        }
    }

    /// Quotes, backslashes and everything but visible ASCII are written as `\xHH`, so that no client can forge a line
    /// or control a terminal.
    private static func appendEscaped(_ bytes: UnsafeRawBufferPointer, to lines: inout [UInt8]) {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(AccessLogEntry.fieldBytes))
        if bytes.allSatisfy({ ASCII.isPrintable($0) && $0 != 0x22 && $0 != 0x5C }) {
            lines.append(contentsOf: bytes)
            return
        }
        for byte in bytes {
            if ASCII.isPrintable(byte), byte != 0x22, byte != 0x5C {
                lines.append(byte)
            } else {
                lines.append(contentsOf: [0x5C, 0x78, Hex.uppercaseDigit(byte &>> 4), Hex.uppercaseDigit(byte)])
            }
        }
    }

    /// Local time, as other servers write it: `23/Nov/2026:04:49:53 +0100] "`.
    private mutating func renderTime(_ now: Int) {
        second = now
        var moment = time_t(now)
        var local = tm()
        localtime_r(&moment, &local)
        let offset = local.tm_gmtoff
        let parts = CivilTime(secondsSince1970: now + offset)
        time.removeAll(keepingCapacity: true)
        HTTPDate.appendTwo(parts.day, to: &time)
        time.append(contentsOf: "/\(HTTPDate.months[parts.month - 1])/\(parts.year):".utf8)
        HTTPDate.appendTime(parts, to: &time)
        time.append(0x20)
        time.append(offset < 0 ? 0x2D : 0x2B)
        HTTPDate.appendTwo(abs(offset) / 3600, to: &time)
        HTTPDate.appendTwo(abs(offset) / 60 % 60, to: &time)
        time.append(contentsOf: "] \"".utf8)
    }
}
