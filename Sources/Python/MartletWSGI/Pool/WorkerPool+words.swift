internal import Logging
import Synchronization

// What workers say.
extension WorkerPool {
    func worker(_ id: WorkerID, says event: WorkerProcess.Event, limit: UInt64) {
        switch event {
        case .ready: tell(.ready(id))
        case .failed(let failure): tell(.importFailed(id, failure.rendered(configuration.names)))
        case .filesChanged: tell(.reload(ticket: nil, follows: true))
        case .importing(let seconds, let stack): logImport(seconds, stack)
        case .wantsSuccessor: tell(.nearLimit(id, limit: limit))
        case .hasReachedLimit: tell(.atLimit(id, limit: limit))
        case .isDebugged: debuggerIsThere()
        case .ended(let status): tell(.ended(id, status))
        }
    }

    func preload(_ number: Int, says event: WorkerProcess.Event) {
        switch event {
        case .ready: tell(.preloaded(number))
        case .failed(let failure): tell(.preloadFailed(number, failure.rendered(configuration.names)))
        case .importing(let seconds, let stack): logImport(seconds, stack)
        case .isDebugged: debuggerIsThere()
        case .filesChanged, .wantsSuccessor, .hasReachedLimit: break
        case .ended(let status):
            preloads.withLock { $0.running[number] = nil }
            let words = "The process \(status) while it imported \(configuration.application)."
            tell(.preloadFailed(number, ImportFailed(advice: words, traceback: "")))
            tell(.preloadEnded(number))
        }
    }

    var hasDebugger: Bool { isDebugged.load(ordering: .relaxed) }

    private func debuggerIsThere() {
        guard !isDebugged.exchange(true, ordering: .relaxed) else { return }
        logger.notice("a debugger is in use: time limits of requests do not count any more")
    }

    /// Says what is imported; of several applications, whose import it is by its path.
    func announceImport(_ how: String) {
        var logger = logger
        let path = logger[metadataKey: "app"]
        logger[metadataKey: "app"] = nil
        logger.info("importing \(path.map { "the application at \($0)" } ?? configuration.application) \(how)")
    }

    /// Every worker imports the application; where one of them stands is enough, and said at every full interval once.
    private func logImport(_ seconds: Int, _ stack: String?) {
        let isNews = lastImportReport.withLock { last in
            guard now - last > .seconds(5) else { return false }
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
        logger.warning("still importing \(configuration.application) after \(seconds) s; \(place)")
    }
}
