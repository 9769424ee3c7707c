import Glibc
import Logging
import MartletAttached
import MartletProcesses
import MartletServer
import Synchronization

/// Builds a program when its sources have changed.
final class ProgramBuilder: Sendable {
    private struct State {
        var process: AttachedProcess?
        var isBuilding = false
        /// The build that is under way is for nothing.
        var isEnded = false
        /// No other one begins.
        var isStopped = false
    }

    private let build: SwiftBuild
    private let logger: Logger
    private let seen = Mutex<SourceStamps?>(nil)
    private let state = Mutex(State())
    private let work = BlockingWork("sources")

    /// Of what a build says, the end of so many lines.
    private static let mostLines = 2_000
    private static let pause = Duration.milliseconds(300)

    init(_ build: SwiftBuild, logger: Logger) {
        self.build = build
        self.logger = logger
    }

    /// - Throws: ``BuildFailure``; `CancellationError` where it was ended.
    func build() async throws {
        let isStopped = state.withLock { state in
            state.isBuilding = !state.isStopped
            state.isEnded = state.isStopped
            return state.isStopped
        }
        if isStopped { throw CancellationError() }
        defer { state.withLock { $0.isBuilding = false } }
        let clock = ContinuousClock()
        let start = clock.now
        logger.notice("Building \(build.product)")
        let (lines, end) = await run(["swift", "build", "--product", build.product])
        if state.withLock({ $0.isEnded }) { throw CancellationError() }
        guard let end, end.isSuccess else {
            let output = lines.joined(separator: "\n")
            let diagnostics = BuildDiagnostic.all(in: output)
            throw BuildFailure(
                program: build.product,
                reason: diagnostics.isEmpty ? "swift build \(end?.text ?? "could not be started")" : "",
                diagnostics: diagnostics,
                output: output
            )
        }
        let seconds = (clock.now - start) / .seconds(1)
        logger.notice("Built \(build.product) in \((seconds * 10).rounded() / 10) s")
    }

    private func run(_ words: [String]) async -> (lines: [String], end: AttachedEnd?) {
        let launch = AttachedProcess.Launch(
            run: words.joined(separator: " "),
            directory: build.package,
            identity: ChildIdentity(user: nil, variables: [:])
        )
        let (events, continuation) = AsyncStream.makeStream(of: AttachedProcess.Event.self)
        AttachedProcess.start(launch) { event in
            continuation.yield(event)
            switch event {
            case .ended, .failed: continuation.finish()
            case .started, .line, .left: break
            }
        }
        var lines: [String] = []
        var end: AttachedEnd?
        for await event in events {
            switch event {
            case .started(let process):
                let isEnded = state.withLock { state in
                    state.process = process
                    return state.isEnded
                }
                if isEnded { Self.end(process) }
            case .line(let line):
                if lines.count == Self.mostLines { lines.removeFirst() }
                lines.append(line)
            case .failed(let reason): lines.append(reason)
            case .left: break
            case .ended(let status): end = status
            }
        }
        state.withLock { $0.process = nil }
        return (lines, end)
    }

    /// Builds at once, and again each time that a source has changed and nothing changes any more; until the task is cancelled. A build
    /// that is under way then is ended: it is for what is not there any more.
    ///
    /// - Parameter onSave: called before anything is known as built for what was saved.
    func follow(onSave: @Sendable () -> Void, _ onChange: @escaping @Sendable () async -> Void) async {
        var now = await look()
        note(now)
        var building = Task { await onChange() }
        while (try? await Task.sleep(for: Self.pause)) != nil {
            guard await !isCurrent() else { continue }
            onSave()
            // Editors save several files one after the other.
            var former: SourceStamps?
            repeat {
                former = now
                guard (try? await Task.sleep(for: Self.pause)) != nil else { return }
                now = await look()
            } while now != former
            note(now)
            end()
            await building.value
            building = Task { await onChange() }
        }
    }

    /// Whether the last build that has begun, or will at once, is for what is there.
    func isCurrent() async -> Bool {
        let now = await look()
        return seen.withLock { $0 } == now
    }

    private func note(_ stamps: SourceStamps?) { seen.withLock { $0 = stamps } }

    private func look() async -> SourceStamps? {
        try? await work.run { [build] () throws in SourceStamps(of: build.package) }
    }

    /// How long Swift has to end what it has started: its compilers are in groups of their own, which nobody else ends. On a busy machine
    /// it takes seconds.
    private static let grace = Duration.seconds(20)

    /// Ends a build that is under way, and returns when it has ended. No other one begins.
    func stop() async {
        state.withLock { $0.isStopped = true }
        end()
        while state.withLock({ $0.isBuilding }), (try? await Task.sleep(for: .milliseconds(10))) != nil {}
    }

    /// Ends a build that is under way.
    func end() {
        let process = state.withLock { state in
            state.isEnded = true
            return state.process
        }
        if let process { Self.end(process) }
    }

    /// Swift ends what it has started at SIGINT alone, and hears none before it has begun to listen.
    private static func end(_ process: AttachedProcess) {
        Task {
            let end = ContinuousClock().now + grace
            while ContinuousClock().now < end {
                process.signal(SIGINT)
                try? await Task.sleep(for: .milliseconds(100))
            }
            process.signal(SIGKILL)
        }
    }
}
