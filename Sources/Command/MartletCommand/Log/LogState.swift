import Logging
import MartletBytes
import MartletSettings
import MartletWSGI
import Synchronization

/// How the log of this process is written, and what it leaves out: the same for every logger of the server, also when a reload
/// changes it.
final class LogState: Sendable {
    let style: Style
    private let level: Atomic<Int>
    private let isJSON: Atomic<Bool>
    /// Of the site that runs, and of those before it.
    private let secrets = Mutex(Secrets())

    init(_ configuration: LogConfiguration = .defaults, style: Style = .plain) {
        self.style = style
        level = Atomic(Self.number(of: configuration.level))
        isJSON = Atomic(configuration.format == .json)
        WorkerLog.isJSON.store(configuration.format == .json, ordering: .relaxed)
    }

    private static func number(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }

    /// Workers that are started from now on write theirs in the same format.
    var configuration: LogConfiguration {
        get {
            var configuration = LogConfiguration()
            configuration.level = currentLevel
            configuration.format = writesJSON ? .json : .text
            return configuration
        }
        set {
            level.store(Self.number(of: newValue.level), ordering: .relaxed)
            isJSON.store(newValue.format == .json, ordering: .relaxed)
            WorkerLog.isJSON.store(newValue.format == .json, ordering: .relaxed)
        }
    }

    var currentLevel: Logger.Level {
        let all = Logger.Level.allCases
        let index = level.load(ordering: .relaxed)
        return all.indices.contains(index) ? all[index] : .info
    }

    private var writesJSON: Bool { isJSON.load(ordering: .relaxed) }

    func hide(_ others: Secrets) { secrets.withLock { $0.add(others) } }

    func masked(_ text: String) -> String { secrets.withLock { $0 }.masked(text) }

    func write(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        let text =
            writesJSON
            ? JSONLogRecord(level: level, message: masked(message), metadata: metadata.mapValues(masked)).render()
            : masked(
                LogRecord(time: LogTime.now(), level: level, message: message, metadata: metadata).render(style)
            )
        StandardError.write(text)
    }

    /// What is said to people at the start and the end, and is no record of the text format.
    func say(_ level: Logger.Level, _ text: String) {
        guard writesJSON else { return StandardError.write(masked(text)) }
        write(level, text.hasSuffix("\n") ? String(text.dropLast()) : text, [:])
    }

    /// With colours, where people read them.
    var textStyle: Style { writesJSON ? .plain : style }

    private func masked(_ value: Logger.MetadataValue) -> Logger.MetadataValue { .string(masked("\(value)")) }
}
