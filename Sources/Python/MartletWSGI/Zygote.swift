internal import CMartletWorker
internal import Glibc

/// A process that has imported the application and forks the workers of it: what the import made is in memory once.
///
/// It has one thread, and none of this library, so that forking it is safe. Workers are forked twice and become the server's own
/// children, whose deaths it can wait for.
final class Zygote: Sendable {
    private let process: WorkerProcess

    private init(_ process: WorkerProcess) {
        self.process = process
    }

    deinit {
        process.hangUp()
    }

    /// Imports the application.
    ///
    /// - Throws: ``ImportFailed``, with the traceback shown; ``SpawnError``.
    static func start(_ launch: WorkerLaunch) async throws -> Zygote {
        martlet_adopt_orphans()
        OrphanReaper.start()
        let (events, continuation) = AsyncStream.makeStream(of: WorkerProcess.Event.self)
        let process = try WorkerProcess.start(launch, place: nil) { continuation.yield($0) }
        for await event in events {
            switch event {
            case .ready:
                return Zygote(process)
            case .failed(let failure):
                failure.showTraceback()
                process.kill(SIGKILL)
                throw failure
            case .ended(let status):
                throw ImportFailed(
                    advice: "The process \(status) while it imported \(launch.application).",
                    traceback: ""
                )
            case .filesChanged:
                break
            }
        }
        throw CancellationError()
    }

    func fork(place: Int, onEvent: @escaping @Sendable (WorkerProcess.Event) -> Void) throws -> WorkerProcess {
        try process.fork(place: place, onEvent: onEvent)
    }
}
