internal import CMartletWorker
internal import Glibc

/// A process that has imported the application and forks the workers of it: what the import made is in memory once.
///
/// It has one thread, and none of this library, so that forking it is safe. Workers are forked twice and become the server's own
/// children, whose deaths it can wait for.
final class Zygote: Sendable {
    private let process: WorkerProcess
    private let launch: WorkerLaunch

    private let events: AsyncStream<WorkerProcess.Event>

    private init(_ process: WorkerProcess, _ launch: WorkerLaunch, _ events: AsyncStream<WorkerProcess.Event>) {
        self.process = process
        self.events = events
        self.launch = launch
    }

    deinit {
        process.hangUp()
    }

    /// Imports the application.
    ///
    /// - Throws: ``ImportFailed``, ``SpawnError``.
    static func start(_ launch: WorkerLaunch, onEvent: (WorkerProcess.Event) -> Void) async throws -> Zygote {
        martlet_adopt_orphans()
        OrphanReaper.start()
        let (events, continuation) = AsyncStream.makeStream(of: WorkerProcess.Event.self)
        let process = try WorkerProcess.start(launch, nil) { continuation.yield($0) }
        for await event in events {
            switch event {
            case .ready:
                return Zygote(process, launch, events)
            case .failed(let failure):
                process.kill(SIGKILL)
                throw failure
            case .ended(let status):
                throw ImportFailed(
                    advice: "The process \(status) while it imported \(launch.application).",
                    traceback: ""
                )
            case .filesChanged, .importing, .wantsSuccessor, .hasReachedLimit, .isDebugged:
                onEvent(event)
            }
        }
        throw CancellationError()
    }

    /// Ends the process, and returns when it is gone.
    func end() async {
        process.kill(SIGKILL)
        for await event in events {
            if case .ended = event { return }
        }
    }

    func fork(
        _ order: WorkerOrder,
        onEvent: @escaping @Sendable (WorkerProcess.Event) -> Void
    ) throws -> WorkerProcess {
        try process.fork(launch, order, onEvent: onEvent)
    }
}
