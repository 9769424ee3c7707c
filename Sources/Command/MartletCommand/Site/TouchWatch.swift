import MartletServer
import Synchronization

/// Looks once a second whether one of some files has changed.
final class TouchWatch: Sendable {
    private struct State {
        var files: [String] = []
        var task: Task<Void, Never>?
    }

    private static let pause = Duration.seconds(1)

    private let state = Mutex(State())
    /// A disk that does not answer holds up nobody else.
    private let work = BlockingWork("touch")

    /// Watches these files from now on, and no others: what changes when this has returned is seen.
    ///
    /// - Parameter onTouch: called with one that has changed, and waited for.
    func follow(_ files: [String], _ onTouch: @escaping @Sendable (String) async -> Void) async {
        guard files != state.withLock(\.files) else { return }
        let stamps = try? await work.run { () throws -> TouchStamps in TouchStamps(files) }
        state.withLock { state in
            state.files = files
            state.task?.cancel()
            state.task = stamps.map { stamps in Task { [work] in await Self.watch(stamps, on: work, onTouch) } }
        }
    }

    func end() {
        state.withLock { state in
            state.files = []
            state.task.take()?.cancel()
        }
    }

    private static func watch(
        _ first: TouchStamps,
        on work: BlockingWork,
        _ onTouch: @Sendable (String) async -> Void
    ) async {
        var stamps = first
        while (try? await Task.sleep(for: pause)) != nil {
            let known = stamps
            let look = { @Sendable () throws -> (stamps: TouchStamps, touched: String?) in
                var stamps = known
                let touched = stamps.look()
                return (stamps, touched)
            }
            guard let seen = try? await work.run(look) else { return }
            stamps = seen.stamps
            if let touched = seen.touched { await onTouch(touched) }
        }
    }
}
