internal import CMartletWorker
internal import Glibc
internal import Logging
internal import MartletProcesses
internal import NIOCore
import Synchronization

/// The worker processes of one application. What happens to them is decided by a ``PoolMachine``; this tells it what has
/// happened, one event after the other, and does what it says.
///
/// Nothing here blocks an event loop: processes are started by a thread of the pool's own.
final class WorkerPool: Sendable {
    let configuration: PythonConfiguration
    let launch: WorkerLaunch
    let memory: SharedMemory
    let lanes: [Lane]
    let queue: RequestQueue
    let logger: Logger
    let machine: Mutex<PoolMachine>
    let launcher = Launcher()
    /// What runs in each place.
    private let running: Mutex<[Running?]>
    let preloads = PreloadProcesses()
    /// Why the newest source cannot be imported, with `--reload`.
    let importFailure = Mutex<ImportFailed?>(nil)
    /// A debugger has stopped a request at the terminal: time limits do not count any more.
    let isDebugged = Atomic(false)
    let imports: ImportReport
    let waiters = PoolWaiters()
    /// Is told of the application's static folders, whenever they are others.
    let onFolders: (@Sendable (StaticFolders) -> Void)?
    private let events: AsyncStream<PoolMachine.Event>.Continuation
    private let clock = ContinuousClock()
    private let beginning = ContinuousClock().now

    struct Running: Sendable {
        let id: WorkerID
        let process: WorkerProcess
        let limits: WorkerLimits
    }

    init(
        configuration: PythonConfiguration,
        interpreter: Interpreter,
        memory: SharedMemory,
        lanes: [Lane],
        queue: RequestQueue,
        logger: Logger,
        onFolders: (@Sendable (StaticFolders) -> Void)?
    ) throws {
        self.configuration = configuration
        self.onFolders = onFolders
        launch = try WorkerLaunch(
            configuration,
            interpreter: interpreter,
            memory: memory,
            lanes: lanes,
            asksForFolders: onFolders != nil
        )
        self.memory = memory
        self.lanes = lanes
        self.queue = queue
        self.logger = logger
        imports = ImportReport(of: configuration.application, logger)
        machine = Mutex(PoolMachine(of: configuration, python: interpreter.path))
        running = Mutex(Array(repeating: nil, count: configuration.workers * 2))
        let (stream, continuation) = AsyncStream.makeStream(of: PoolMachine.Event.self)
        events = continuation
        Task { [weak self] in
            for await event in stream { self?.handle(event) }
        }
    }

    deinit {
        events.finish()
        launcher.close()
        launch.closeDescriptors()
    }

    var now: Duration { clock.now - beginning }

    /// Tells the machine something. Events are dealt with in their order.
    func tell(_ event: PoolMachine.Event) {
        events.yield(event)
    }

    private func handle(_ event: PoolMachine.Event) {
        for action in machine.withLock({ $0.handle(event, at: now) }) { perform(action) }
    }

    // MARK: - Start, reload, stop

    /// Starts every worker; returns when all have imported the application.
    ///
    /// - Throws: ``ImportFailed``, ``SpawnError``.
    func start() async throws {
        if configuration.preload {
            martlet_adopt_orphans()
            OrphanReaper.start()
        }
        do {
            try await waiters.waitForStart { tell(.start) }
        } catch {
            await shutdown(grace: .seconds(1))
            throw error
        }
        startMonitor()
        LoadMeter.follow(self)
    }

    /// Imports the application anew in fresh workers and lets the former ones drain.
    ///
    /// - Parameter follows: whether it follows a reload that is under way.
    /// - Throws: ``ImportFailed``, with the former workers still serving; ``ReloadUnderWay``.
    func reload(follows: Bool = false) async throws {
        try await waiters.waitForReload { tell(.reload(ticket: $0, follows: follows)) }
    }

    /// Reloads on a signal. One that is asked for during another follows it, once.
    ///
    /// - Returns: whether the application is served anew.
    func reloadAndLog() async -> Bool {
        do {
            try await reload(follows: true)
            return true
        } catch {
            if !(error is ReloadUnderWay) { logger.error("\(Replacements.notReloaded(error))") }
            return false
        }
    }

    /// Lets the workers end, and kills those that take longer than `grace`.
    func shutdown(grace: Duration) async {
        await waiters.waitForStop { tell(.stop(grace: grace)) }
    }

    // MARK: - Processes

    /// The workers whose process has not ended, as far as is known.
    var workers: [Running] { running.withLock { $0.compactMap { $0 } } }

    func worker(in place: Int) -> Running? { running.withLock { $0.indices.contains(place) ? $0[place] : nil } }

    func process(of place: Int) -> WorkerProcess? { worker(in: place)?.process }

    func setWorker(_ worker: Running?, in place: Int) { running.withLock { $0[place] = worker } }
}
