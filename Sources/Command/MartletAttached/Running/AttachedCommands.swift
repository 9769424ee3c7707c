package import Logging
import MartletProcesses
import Synchronization

/// The commands that run beside the applications of a site.
package final class AttachedCommands: Sendable {
    private struct State {
        /// In the order of the file.
        var runners: [AttachedRunner] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    private var runners: [AttachedRunner] { state.withLock(\.runners) }

    /// Makes these run, and no others: what is the same goes on, and is started anew where it runs always.
    ///
    /// - Parameters:
    ///   - isReload: whether those that are there already are to begin anew.
    ///   - grace: how long one may take to end.
    /// - Returns: when those that are not asked for any more have ended.
    package func run(_ commands: [AttachedCommand], isReload: Bool, grace: Duration) async {
        let former = runners
        var next: [AttachedRunner] = []
        var new: [AttachedRunner] = []
        for command in commands {
            if let known = former.first(where: { $0.command == command }) {
                next.append(known)
                continue
            }
            do throws(ChildUserError) {
                let runner = try AttachedRunner(command, logger: logger)
                next.append(runner)
                new.append(runner)
            } catch {
                logger.error("The command '\(command.name)' is not run: \(error)")
            }
        }
        let isStopping = state.withLock { state in
            if !state.isStopping { state.runners = next }
            return state.isStopping
        }
        guard !isStopping else { return }
        let kept = former.filter { runner in next.contains { $0 === runner } }
        if isReload { for runner in kept { runner.reload(grace: grace) } }
        // One that has changed does not run beside its former self.
        await Self.stop(former.filter { runner in !next.contains { $0 === runner } }, within: grace)
        for runner in new where !state.withLock(\.isStopping) { runner.start() }
    }

    /// Ends all; nothing is started any more.
    package func stop(within grace: Duration) async {
        let runners = state.withLock { state in
            state.isStopping = true
            return state.runners
        }
        await Self.stop(runners, within: grace)
    }

    package func kill() {
        let runners = state.withLock { state in
            state.isStopping = true
            return state.runners
        }
        for runner in runners { runner.kill() }
    }

    private static func stop(_ runners: [AttachedRunner], within grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            for runner in runners { group.addTask { await runner.stop(grace: grace) } }
        }
    }

    package var status: [AttachedStatus] { runners.map { AttachedStatus($0.command, $0.machine) } }
}
