import MartletBytes
import MartletGateway

/// The lines of one event loop, collected until a batch is large enough to hand over.
struct AccessLogLines {
    private static let batch = 32_768

    private var lines: [UInt8] = []
    private var count = 0
    private var format: AccessLogFormat
    private var sample: LogSample
    private var secrets: SecretNames
    private var combined = CombinedLogFormat()
    let log: AccessLog

    init(log: AccessLog, _ configuration: ServerConfiguration) {
        self.log = log
        format = configuration.accessLogFormat
        sample = LogSample(configuration.accessLogSample)
        secrets = configuration.secrets
        lines.reserveCapacity(Self.batch + 4096)
    }

    /// Takes up what a reload may change.
    mutating func configure(_ configuration: ServerConfiguration) {
        format = configuration.accessLogFormat
        sample = LogSample(configuration.accessLogSample)
        secrets = configuration.secrets
    }

    /// Adds the line of one exchange, if it is one of those that are logged.
    ///
    /// - Parameter second: the time, in seconds since 1970.
    mutating func append(_ entry: AccessLogEntry, second: Int) {
        guard entry.status >= 500 || sample.takesNext() else { return }
        switch format {
        case .combined: combined.append(entry, hiding: secrets, second: second, to: &lines)
        case .json: JSONLogFormat.append(entry, hiding: secrets, at: .now, to: &lines)
        }
        count &+= 1
        if lines.count >= Self.batch || log.isInteractive { handOver() }
    }

    mutating func handOver() {
        log.handOver(&lines, count: count)
        count = 0
    }
}

extension [UInt8] {
    /// `HTTP/1.1`
    mutating func append(_ version: HTTPVersion) {
        append(contentsOf: "HTTP/".utf8)
        appendDecimal(Int(version.major))
        append(UInt8(ascii: "."))
        appendDecimal(Int(version.minor))
    }

    mutating func appendDecimal(_ number: Int) {
        // 63 bits are up to 19 digits.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 19) { digits in
            var rest = Swift.max(number, 0)
            var start = digits.count
            repeat {
                start &-= 1
                digits[start] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
                rest /= 10
            } while rest > 0
            append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }
}
