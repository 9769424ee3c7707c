internal import Logging
internal import MartletControl
import Synchronization

// What workers say.
extension WorkerPool {
    func worker(_ id: WorkerID, says event: WorkerProcess.Event, limit: Int) {
        switch event {
        case .ready(let folders): tell(.ready(id, folders))
        case .failed(let failure): tell(.importFailed(id, failure.rendered(configuration.names)))
        case .filesChanged: tell(.reload(ticket: nil, follows: true))
        case .importing(let seconds, let stack): imports.stands(after: seconds, stack, at: now)
        case .wantsSuccessor: tell(.nearLimit(id, limit: limit))
        case .hasReachedLimit: tell(.atLimit(id, limit: limit))
        case .isDebugged: debuggerIsThere()
        case .malformed(let error): logMalformed(error, of: "\(id)")
        case .ended(let status): tell(.ended(id, status))
        }
    }

    func preload(_ number: Int, says event: WorkerProcess.Event) {
        switch event {
        case .ready: tell(.preloaded(number))
        case .failed(let failure): tell(.preloadFailed(number, failure.rendered(configuration.names)))
        case .importing(let seconds, let stack): imports.stands(after: seconds, stack, at: now)
        case .isDebugged: debuggerIsThere()
        case .malformed(let error): logMalformed(error, of: "the preload process")
        case .filesChanged, .wantsSuccessor, .hasReachedLimit: break
        case .ended(let status):
            preloads.ended(number)
            let words = "The process \(status) while it imported \(configuration.application)."
            tell(.preloadFailed(number, ImportFailed(advice: words, traceback: "")))
            tell(.preloadEnded(number))
        }
    }

    private func logMalformed(_ error: ControlError, of sender: String) {
        let text =
            "\(sender) has sent what is no message of Martlet's: \(error). It is left out, and so is whatever else of that kind "
            + "this process sends. The application writes to a descriptor that is not its own."
        logger.warning("\(text)")
    }

    var hasDebugger: Bool { isDebugged.load(ordering: .relaxed) }

    private func debuggerIsThere() {
        guard !isDebugged.exchange(true, ordering: .relaxed) else { return }
        logger.notice("a debugger is in use: time limits of requests do not count any more")
    }
}
