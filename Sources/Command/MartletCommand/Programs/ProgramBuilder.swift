import Glibc
import Logging
import MartletAttached
import MartletProcesses
import MartletServer
import Synchronization

/// Builds a program when its sources have changed.
final class ProgramBuilder: Sendable {
    private let build: SwiftBuild
    private let logger: Logger
    private let process = Mutex<AttachedProcess?>(nil)
    private let seen = Mutex<SourceStamps?>(nil)
    private let isEnded = Atomic<Bool>(false)
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
        isEnded.store(false, ordering: .relaxed)
        let clock = ContinuousClock()
        let start = clock.now
        logger.notice("Building \(build.product)")
        let (lines, end) = await run(["swift", "build", "--product", build.product])
        if isEnded.load(ordering: .relaxed) { throw CancellationError() }
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
            case .started(let process): self.process.withLock { $0 = process }
            case .line(let line):
                if lines.count == Self.mostLines { lines.removeFirst() }
                lines.append(line)
            case .failed(let reason): lines.append(reason)
            case .left: break
            case .ended(let status): end = status
            }
        }
        process.withLock { $0 = nil }
        return (lines, end)
    }

    /// Builds at once, and again each time that a source has changed and nothing changes any more; until the task is cancelled. A build
    /// that is under way then is ended: it is for what is not there any more.
    func follow(_ onChange: @escaping @Sendable () async -> Void) async {
        await note()
        var building = Task { await onChange() }
        while (try? await Task.sleep(for: Self.pause)) != nil {
            guard await !isCurrent() else { continue }
            // Editors save several files one after the other.
            repeat {
                await note()
                guard (try? await Task.sleep(for: Self.pause)) != nil else { return }
            } while await !isCurrent()
            end()
            await building.value
            building = Task { await onChange() }
        }
    }

    /// Whether nothing was saved since it was looked at.
    func isCurrent() async -> Bool {
        let now = await look()
        return seen.withLock { $0 } == now
    }

    private func note() async {
        let now = await look()
        seen.withLock { $0 = now }
    }

    private func look() async -> SourceStamps? {
        try? await work.run { [build] () throws in SourceStamps(of: build.package) }
    }

    /// How long Swift has to end what it has started.
    private static let grace = Duration.seconds(2)

    /// Ends a build that is under way.
    func end() {
        isEnded.store(true, ordering: .relaxed)
        guard let process = process.withLock({ $0 }) else { return }
        process.signal(SIGINT)
        Task {
            try? await Task.sleep(for: Self.grace)
            process.signal(SIGKILL)
        }
    }
}
