package import Logging
import MartletBytes

/// The log of a program on standard error, as JSON.
package struct JSONLog: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(level: Logger.Level) { logLevel = level }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let record = JSONLogRecord(
            level: event.level,
            message: event.message.description,
            metadata: all(of: event)
        )
        StandardError.write(record.render())
    }
}

extension LogHandler {
    /// The metadata of a record: what is closest to it counts.
    package func all(of event: LogEvent) -> Logger.Metadata {
        var values = metadata
        if let provided = metadataProvider?.get() { values.merge(provided) { $1 } }
        if let own = event.metadata { values.merge(own) { $1 } }
        return values
    }
}
