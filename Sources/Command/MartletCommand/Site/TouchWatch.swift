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

    /// Watches these files from now on, and no others.
    ///
    /// - Parameter onTouch: called with one that has changed, and waited for.
    func follow(_ files: [String], _ onTouch: @escaping @Sendable (String) async -> Void) {
        state.withLock { state in
            guard files != state.files else { return }
            state.files = files
            state.task?.cancel()
            state.task = files.isEmpty ? nil : Task { [work] in await Self.watch(files, on: work, onTouch) }
        }
    }

    func end() { follow([]) { _ in } }

    private static func watch(
        _ files: [String],
        on work: BlockingWork,
        _ onTouch: @Sendable (String) async -> Void
    ) async {
        guard var stamps = try? await work.run({ () throws -> TouchStamps in TouchStamps(files) }) else { return }
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
