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
    private let work = BlockingWork("sources")

    /// Of what a build says, the end of so many lines.
    private static let mostLines = 2_000
    private static let pause = Duration.milliseconds(300)

    init(_ build: SwiftBuild, logger: Logger) {
        self.build = build
        self.logger = logger
    }

    /// - Throws: ``BuildFailure``.
    func build() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        logger.notice("Building \(build.product)")
        let (lines, end) = await run(["swift", "build", "--product", build.product])
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

    /// Builds at once, and again each time that a source has changed and nothing changes any more; until the task is cancelled.
    func follow(_ onChange: @Sendable () async -> Void) async {
        var seen = await look()
        await onChange()
        while (try? await Task.sleep(for: Self.pause)) != nil {
            var next = await look()
            guard next != seen else { continue }
            // Editors save several files one after the other.
            repeat {
                seen = next
                guard (try? await Task.sleep(for: Self.pause)) != nil else { return }
                next = await look()
            } while next != seen
            await onChange()
        }
    }

    private func look() async -> SourceStamps? {
        try? await work.run { [build] () throws in SourceStamps(of: build.package) }
    }

    /// Ends a build that is under way.
    func end() { process.withLock { $0 }?.signal(SIGKILL) }
}
