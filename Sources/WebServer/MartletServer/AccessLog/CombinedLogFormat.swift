import Glibc
import MartletGateway
import MartletHTTP1

/// Lines of the combined log format, as Apache and nginx write them, collected for one event loop.
struct AccessLogLines {
    private static let batch = 32_768
    /// The longest request line, referrer or agent that is written; nginx writes all, and logs of 8 KB lines are of no use.
    private static let fieldBytes = 2_048

    private var lines: [UInt8] = []
    private var count = 0
    private var second = Int.min
    private var time: [UInt8] = []
    private let log: AccessLog

    init(log: AccessLog) {
        self.log = log
        lines.reserveCapacity(Self.batch + 4096)
    }

    /// Adds the line of one exchange.
    ///
    /// - Parameter head: nil where the request could not be read.
    mutating func append(client: [UInt8], head: RequestHead?, status: Int, bytes: Int, second now: Int) {
        if second != now { renderTime(now) }
        lines.append(contentsOf: client)
        lines.append(contentsOf: Self.identity)
        lines.append(contentsOf: time)
        if let head {
            appendEscaped(head.slice(head.method))
            lines.append(0x20)
            appendEscaped(head.slice(head.target))
            lines.append(contentsOf: head.minorVersion == 0 ? Self.version10 : Self.version11)
        } else {
            lines.append(0x2D)
        }
        lines.append(0x22)
        lines.append(0x20)
        appendDecimal(status)
        lines.append(0x20)
        appendDecimal(bytes)
        appendField("referer", of: head)
        appendField("user-agent", of: head)
        lines.append(0x0A)
        count &+= 1
        if lines.count >= Self.batch || log.isInteractive { handOver() }
    }

    mutating func handOver() {
        log.handOver(&lines, count: count)
        count = 0
    }

    private static let identity = Array(" - - [".utf8)
    private static let version11 = Array(" HTTP/1.1".utf8)
    private static let version10 = Array(" HTTP/1.0".utf8)

    private mutating func appendField(_ name: StaticString, of head: RequestHead?) {
        lines.append(0x20)
        lines.append(0x22)
        if let head, let field = head.fields.first(where: { head.isName($0.name, name) }) {
            appendEscaped(head.slice(field.value))
        } else {
            lines.append(0x2D)
        }
        lines.append(0x22)
    }

    /// Quotes, backslashes and everything that is not visible ASCII go out as `\xHH`, so that no client can forge a line or
    /// drive a terminal.
    private mutating func appendEscaped(_ bytes: UnsafeRawBufferPointer) {
        let bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.fieldBytes))
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
            lines.append(contentsOf: bytes)
            return
        }
        for byte in bytes {
            if byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C {
                lines.append(byte)
            } else {
                lines.append(contentsOf: [0x5C, 0x78, Self.hex(byte &>> 4), Self.hex(byte & 15)])
            }
        }
    }

    private static func hex(_ digit: UInt8) -> UInt8 { digit < 10 ? digit &+ 0x30 : digit &+ 0x37 }

    private mutating func appendDecimal(_ number: Int) {
        var rest = max(number, 0)
        let start = lines.count
        repeat {
            lines.append(UInt8(truncatingIfNeeded: rest % 10) &+ 0x30)
            rest /= 10
        } while rest > 0
        lines[start...].reverse()
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

extension RequestHead {
    /// Whether a field name is `lowercased`, without regard to case.
    fileprivate func isName(_ span: Span, _ lowercased: StaticString) -> Bool {
        guard span.count == lowercased.utf8CodeUnitCount else { return false }
        let name = slice(span)
        return lowercased.withUTF8Buffer { wanted in zip(name, wanted).allSatisfy { $0 | 0x20 == $1 } }
    }
}
