import Logging
import MartletBytes

/// The log on standard error: a record a line, written at once.
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    let style: Style
    let secrets: KnownSecrets
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(logLevel: Logger.Level, style: Style, hiding secrets: KnownSecrets = KnownSecrets(Secrets())) {
        self.logLevel = logLevel
        self.secrets = secrets
        self.style = style
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var values = metadata
        if let provided = metadataProvider?.get() { values.merge(provided) { $1 } }
        if let own = event.metadata { values.merge(own) { $1 } }
        let record = LogRecord(
            time: LogTime.now(),
            level: event.level,
            message: event.message.description,
            metadata: values
        )
        StandardError.write(secrets.masked(record.render(style)))
    }
}
