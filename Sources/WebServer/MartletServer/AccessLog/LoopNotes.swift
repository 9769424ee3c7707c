/// What one event loop notes of exchanges: the lines of the access log, which a reload may change, and numbers.
struct LoopNotes {
    private(set) var lines: AccessLogLines?
    /// Whether somebody wants numbers.
    let isCounting: Bool
    private(set) var isLogging = false
    /// Whether exchanges are noted when they are over.
    private(set) var isNoting = false
    /// Whether somebody wants to know how long requests take.
    private(set) var isTiming = false

    init(_ log: AccessLog?, _ configuration: ServerConfiguration) {
        isCounting = configuration.monitoring.wantsNumbers
        change(to: log, configuration)
    }

    /// Has the lines of exchanges that end from now on go to a log, as a configuration says.
    mutating func change(to log: AccessLog?, _ configuration: ServerConfiguration) {
        if lines?.log === log {
            lines?.configure(configuration)
        } else {
            lines?.handOver()
            lines = log.map { AccessLogLines(log: $0, configuration) }
        }
        isLogging = log != nil
        isNoting = isLogging || isCounting
        isTiming = isCounting || isLogging && configuration.accessLogFormat == .json
    }

    mutating func append(_ entry: AccessLogEntry, second: Int) { lines?.append(entry, second: second) }

    mutating func handOver() { lines?.handOver() }
}
