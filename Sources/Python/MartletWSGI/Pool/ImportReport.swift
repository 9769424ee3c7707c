internal import Logging
import Synchronization

/// What the log says of imports: that one begins, and where one stands that takes long.
final class ImportReport: Sendable {
    private let application: String
    private let logger: Logger
    private let last = Mutex<Duration?>(nil)

    init(of application: String, _ logger: Logger) {
        self.application = application
        self.logger = logger
    }

    /// Says what is imported; of several applications, whose import it is by its path.
    ///
    /// - Parameter how: the words behind that, such as `anew`.
    func begins(_ how: String) {
        var logger = logger
        let path = logger[metadataKey: "app"]
        logger[metadataKey: "app"] = nil
        logger.info("importing \(path.map { "the application at \($0)" } ?? application) \(how)")
    }

    /// Every worker imports the application; where one of them stands is enough, and said at every full interval once.
    ///
    /// - Parameters:
    ///   - seconds: how long the import has taken so far.
    ///   - stack: the Python stack; empty where it has not come to the application, nil where it is not known.
    ///   - now: the time since any fixed moment.
    func stands(after seconds: Int, _ stack: String?, at now: Duration) {
        let isNews = last.withLock { last in
            if let last, now - last <= .seconds(5) { return false }
            last = now
            return true
        }
        guard isNews else { return }
        let place =
            switch stack {
            case .some(let text) where !text.isEmpty: "the import stands here:\n\(text)"
            case .some: "it has not come to code of the application"
            case nil: "where it stands is not known, for Python does not run, or has not come to Martlet's part"
            }
        logger.warning("still importing \(application) after \(seconds) s; \(place)")
    }
}
