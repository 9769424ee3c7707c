import Glibc
package import Logging
package import MartletProcesses
import Synchronization

/// Runs one command: tells an ``AttachedMachine`` what has happened, and does what it says.
package final class AttachedRunner: Sendable {
    package let command: AttachedCommand
    private let identity: ChildIdentity
    private let beforeStart: @Sendable () -> Void
    private let logger: Logger
    private let state: Mutex<State>
    private let events: AsyncStream<AttachedMachine.Event>.Continuation
    private let clock = ContinuousClock()
    private let beginning = ContinuousClock().now

    private struct State {
        var machine: AttachedMachine
        /// By their instance.
        var processes: [Int: AttachedProcess] = [:]
        var stopped: [CheckedContinuation<Void, Never>] = []
        var hasStopped = false
    }

    /// - Parameter beforeStart: called before each start of a process, when the one before has ended.
    /// - Throws: ``ChildUserError``.
    package init(
        _ command: AttachedCommand,
        zone: LocalZone = .system,
        logger: Logger,
        beforeStart: @escaping @Sendable () -> Void = {}
    ) throws(ChildUserError) {
        self.command = command
        self.beforeStart = beforeStart
        var logger = logger
        logger[metadataKey: "command"] = "\(command.name)"
        self.logger = logger
        var user: ChildUser?
        if let name = command.user { user = try ChildUser(name) }
        identity = ChildIdentity(user: user, variables: command.environment)
        state = Mutex(State(machine: AttachedMachine(command, zone: zone)))
        let (stream, continuation) = AsyncStream.makeStream(of: AttachedMachine.Event.self)
        events = continuation
        Task { [weak self] in
            for await event in stream { self?.handle(event) }
        }
    }

    deinit { events.finish() }

    package func start() { events.yield(.start) }
    /// Those that run always end and start anew.
    package func reload(grace: Duration) { events.yield(.reload(grace: grace)) }
    package func kill() { events.yield(.kill) }

    /// Returns when nothing of it runs.
    package func stop(grace: Duration) async {
        await withCheckedContinuation { continuation in
            let hasStopped = state.withLock { state in
                if !state.hasStopped { state.stopped.append(continuation) }
                return state.hasStopped
            }
            if hasStopped { continuation.resume() } else { events.yield(.stop(grace: grace)) }
        }
    }

    package var machine: AttachedMachine { state.withLock(\.machine) }

    // MARK: - What the machine says

    private var now: Duration { clock.now - beginning }

    private func handle(_ event: AttachedMachine.Event) {
        let actions = state.withLock { $0.machine.handle(event, at: now, Glibc.time(nil)) }
        for action in actions { perform(action) }
    }

    private func perform(_ action: AttachedMachine.Action) {
        switch action {
        case .spawn(let index): spawn(index)
        case .terminate(let index): state.withLock { $0.processes[index] }?.signal(SIGTERM)
        case .kill(let index): state.withLock { $0.processes[index] }?.signal(SIGKILL)
        case .set(let timer, let delay): wake(timer, after: delay)
        case .wait(let timer, until: let moment): wake(timer, after: .seconds(max(0, moment - Glibc.time(nil))))
        case .log(let word, let text): logger.log(level: word.level, "\(text)")
        case .stopped:
            let waiting = state.withLock { state in
                state.hasStopped = true
                defer { state.stopped = [] }
                return state.stopped
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    private func spawn(_ index: Int) {
        beforeStart()
        let launch = AttachedProcess.Launch(run: command.run, directory: command.directory, identity: identity)
        AttachedProcess.start(launch) { [weak self] event in self?.process(index, says: event) }
    }

    private func process(_ index: Int, says event: AttachedProcess.Event) {
        switch event {
        case .started(let process):
            state.withLock { $0.processes[index] = process }
            logger.info("started, process \(process.pid)")
            events.yield(.started(instance: index, pid: process.pid))
        case .failed(let reason): events.yield(.failed(instance: index, reason))
        case .line(let line): logger.info("\(line)")
        case .left(let end): events.yield(.left(instance: index, end))
        case .ended(let end):
            state.withLock { $0.processes[index] = nil }
            events.yield(.ended(instance: index, end))
        }
    }

    /// A clock can be put forward, and a machine can sleep: nobody waits for longer than that at a time.
    private static let longestWait = Duration.seconds(30)

    private func wake(_ timer: AttachedMachine.Timer, after delay: Duration) {
        let wait = min(delay, timer == .schedule ? Self.longestWait : .seconds(Int64.max))
        Task { [weak self] in
            try? await Task.sleep(for: wait)
            self?.events.yield(.due(timer))
        }
    }
}

extension AttachedWord {
    fileprivate var level: Logger.Level {
        switch self {
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
