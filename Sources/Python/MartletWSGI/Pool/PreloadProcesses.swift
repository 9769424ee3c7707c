import Synchronization

/// The processes that have imported the application and fork workers, by their number. From any thread.
final class PreloadProcesses: Sendable {
    private struct State {
        var running: [Int: WorkerProcess] = [:]
        /// Not wanted any more, perhaps before they were there.
        var dropped: Set<Int> = []
    }

    private let state = Mutex(State())

    subscript(number: Int) -> WorkerProcess? { state.withLock { $0.running[number] } }

    func started(_ number: Int, _ process: WorkerProcess) {
        let isDropped = state.withLock { state in
            state.running[number] = process
            return state.dropped.contains(number)
        }
        if isDropped { process.kill(isPreload: true) }
    }

    func drop(_ number: Int) {
        state.withLock { state in
            state.dropped.insert(number)
            return state.running[number]
        }?.kill(isPreload: true)
    }

    func ended(_ number: Int) { state.withLock { $0.running[number] = nil } }
}
