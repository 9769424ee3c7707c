import Logging
import MartletSettings

/// The log on standard error: a record a line, written at once.
struct StandardErrorLog: LogHandler {
    private let state: LogState
    /// Of a logger that was given a level of its own.
    private var ownLevel: Logger.Level?
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(_ state: LogState) { self.state = state }

    var logLevel: Logger.Level {
        get { ownLevel ?? state.currentLevel }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { state.write(event.level, event.message.description, all(of: event)) }
}
