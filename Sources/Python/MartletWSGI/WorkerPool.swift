internal import CMartletWorker
internal import Glibc
internal import Logging
internal import MartletGateway
internal import NIOCore
import Synchronization

/// The worker processes of one application: it starts them, watches them, and puts new ones in their places.
///
/// The rules:
///
/// 1. A pool has a number of seats. Each has two places, of which one is current; the other is for its successor.
/// 2. A successor is ready before the former worker is told to stop, and requests wait in a queue that both pull from:
///    replacing a worker costs no request.
/// 3. A worker that dies is started again in its place, at once if it had lived, else after a growing delay.
/// 4. Everything that becomes known arrives as an event; whoever waits for a state says so as a condition.
final class WorkerPool: Sendable {
    struct State {
        var places: [WorkerPlace]
        /// The current place of each seat.
        var current: [Int]
        var generation = 1
        var isStopping = false
        var isReloading = false
        /// Another reload follows the one that is under way.
        var wantsReload = false
        /// The pool has been ready once.
        var isMonitored = false
        var conditions: [Condition] = []
    }

    struct Condition {
        let isMet: @Sendable (borrowing State) -> Bool
        let continuation: UnsafeContinuation<Void, Never>
    }

    /// How long a retiring worker may take; gunicorn's `graceful_timeout`.
    static let grace: TimeAmount = .seconds(30)

    let configuration: PythonConfiguration
    let launch: WorkerLaunch
    let memory: SharedMemory
    let lanes: [Lane]
    let queue: RequestQueue
    let logger: Logger
    let state: Mutex<State>
    /// Forks the workers, with `--preload`.
    let zygote = Mutex<Zygote?>(nil)
    /// Why the newest source cannot be imported, with `--reload`.
    let importFailure = Mutex<ImportFailed?>(nil)
    /// A debugger has stopped a request at the terminal: time limits do not count any more.
    let isDebugged = Atomic(false)
    let lastImportReport = Mutex(NIODeadline.uptimeNanoseconds(0))
    var seats: Int { configuration.workers }

    init(
        configuration: PythonConfiguration,
        interpreter: Interpreter,
        memory: SharedMemory,
        lanes: [Lane],
        queue: RequestQueue,
        logger: Logger
    ) throws {
        self.configuration = configuration
        launch = try WorkerLaunch(configuration, interpreter: interpreter, memory: memory, lanes: lanes)
        self.memory = memory
        self.lanes = lanes
        self.queue = queue
        self.logger = logger
        state = Mutex(
            State(
                places: Array(repeating: WorkerPlace(), count: configuration.workers * 2),
                current: Array(0..<configuration.workers)
            )
        )
    }

    deinit {
        launch.closeDescriptors()
    }

    // MARK: - Start and stop

    /// Starts every worker; returns when all have imported the application.
    ///
    /// - Throws: ``ImportFailed``, ``SpawnError``.
    func start() async throws {
        sayImport("with \(launch.python)")
        if configuration.preload { try await startZygote() }
        for place in 0..<seats { try startWorker(place) }
        let failure = await outcome(of: Array(0..<seats))
        guard let failure else { return startMonitor() }
        if configuration.reloadsOnChange {
            // The first worker goes on as the watcher of its files.
            importFailure.withLock { $0 = failure }
            return startMonitor()
        }
        await shutdown(grace: .seconds(1))
        throw failure
    }

    /// Lets the workers end, and kills those that take longer than `grace`.
    func shutdown(grace: Duration) async {
        let processes = state.withLock { state in
            state.isStopping = true
            return state.places.compactMap(\.process)
        }
        settle()
        for process in processes { process.hangUp() }
        let reaper = Task {
            try await Task.sleep(for: grace)
            for process in processes { process.kill(SIGKILL) }
        }
        await wait { !$0.isReloading && $0.places.allSatisfy { $0.process == nil } }
        let former = zygote.withLock { zygote in
            defer { zygote = nil }
            return zygote
        }
        await former?.end()
        reaper.cancel()
    }

    /// Ends every worker at once.
    func kill() {
        let processes = state.withLock { state in
            state.isStopping = true
            return state.places.compactMap(\.process)
        }
        for process in processes { process.kill(SIGKILL) }
        settle()
    }

    // MARK: - Waiting

    /// Returns once the condition holds. It is looked at after every event.
    func wait(until isMet: @escaping @Sendable (borrowing State) -> Bool) async {
        await withUnsafeContinuation { continuation in
            state.withLock { $0.conditions.append(Condition(isMet: isMet, continuation: continuation)) }
            settle()
        }
    }

    /// Waits until the workers in these places are ready, or one of them has failed.
    func outcome(of places: [Int]) async -> ImportFailed? {
        await wait { state in
            state.isStopping || places.contains { state.places[$0].failure != nil }
                || places.allSatisfy { state.places[$0].stage == .ready }
        }
        return state.withLock { state in
            places.compactMap { state.places[$0].failure }.first
                ?? (state.isStopping ? ImportFailed(advice: "The server is stopping.", traceback: "") : nil)
        }
    }

    /// Resumes whoever waits for what has come about.
    func settle() {
        let met = state.withLock { state -> [UnsafeContinuation<Void, Never>] in
            let conditions = state.conditions
            var met: [UnsafeContinuation<Void, Never>] = []
            var unmet: [Condition] = []
            for condition in conditions {
                if condition.isMet(state) { met.append(condition.continuation) } else { unmet.append(condition) }
            }
            state.conditions = unmet
            return met
        }
        for continuation in met { continuation.resume() }
    }

    // MARK: - One worker

    /// - Parameter isHeld: it takes no request until it is told to.
    func startWorker(_ place: Int, isHeld: Bool = false) throws {
        UnsafeMutableRawPointer(memory.worker(place))
            .initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<martlet_worker>.size)
        let onEvent: @Sendable (WorkerProcess.Event) -> Void = { [self] event in
            switch event {
            case .ready: workerIsReady(place)
            case .failed(let failure): workerFailed(place, failure)
            case .ended(let status): workerEnded(place, status)
            default: workerSays(event, place)
            }
        }
        let limit = drawRequestLimit()
        // Before the process is made: it may have something to say at once.
        state.withLock { state in
            state.places[place].startedAt = .now()
            state.places[place].generation = state.generation
            state.places[place].failure = nil
            state.places[place].isBeingReplaced = false
            state.places[place].requestLimit = limit
            state.places[place].count = .within
            state.places[place].isHeld = isHeld
            setLimits(&state.places[place])
        }
        let process = try makeProcess(WorkerOrder(place: place, limit: limit, isHeld: isHeld), onEvent)
        let isLate = state.withLock { state in
            // Its seat may have been given to another one while the process was made.
            let isUnwanted = state.isStopping || state.places[place].stage == .retiring
            state.places[place].process = process
            if !isUnwanted { state.places[place].stage = .starting }
            return isUnwanted
        }
        if isLate { process.kill(SIGKILL) }
    }

    private func makeProcess(
        _ order: WorkerOrder,
        _ onEvent: @escaping @Sendable (WorkerProcess.Event) -> Void
    ) throws -> WorkerProcess {
        if let zygote = zygote.withLock({ $0 }) {
            do {
                return try zygote.fork(order, onEvent: onEvent)
            } catch {
                logger.error("\(error) The worker imports the application itself.")
            }
        }
        return try WorkerProcess.start(launch, order, onEvent: onEvent)
    }

    private func workerIsReady(_ place: Int) {
        let wasRestarted = state.withLock { state in
            guard state.places[place].stage == .starting else { return false }
            state.places[place].stage = .ready
            return state.places[place].failures > 0
        }
        // It has imported what is there now.
        if configuration.reloadsOnChange { importFailure.withLock { $0 = nil } }
        if wasRestarted { logger.notice("worker \(place + 1) is back") }
        settle()
        queue.wakeWorkers()
    }

    private func workerFailed(_ place: Int, _ failure: ImportFailed) {
        let isFirst = state.withLock { state in
            let isFirst = !state.isStopping && !state.places.contains { $0.failure != nil }
            state.places[place].failure = failure
            return isFirst
        }
        // Another worker may have imported a newer source than the one whose failure is shown.
        importFailure.withLock { shown in
            if shown != nil { shown = failure }
        }
        // All workers import the same application: one traceback is enough.
        if isFirst { failure.showTraceback(of: configuration.application, logger) }
        settle()
    }

    private func workerEnded(_ place: Int, _ status: ExitStatus) {
        let former = state.withLock { state in
            let former = state.places[place]
            state.places[place].process = nil
            state.places[place].stage = .empty
            let livedLong = former.stage == .ready && NIODeadline.now() - former.startedAt > .seconds(10)
            state.places[place].failures = livedLong || former.stage == .retiring ? 0 : former.failures + 1
            if former.stage == .starting && former.failure == nil {
                state.places[place].failure = ImportFailed(
                    advice: "The worker process \(status) while it imported \(configuration.application).",
                    traceback: ""
                )
            }
            return former
        }
        UnsafeMutableRawPointer(memory.worker(place))
            .initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<martlet_worker>.size)
        settle()
        let losses = lanes.map { lane in lane.eventLoop.submit { lane.workerDied(place) } }
        guard let loop = lanes.first?.eventLoop else { return }
        EventLoopFuture.whenAllSucceed(losses, on: loop)
            .whenSuccess { [self] lost in afterDeath(of: place, former, status, lost: lost.reduce(0, +)) }
    }

    /// Says what happened, and starts the worker again where its seat is empty now.
    private func afterDeath(of place: Int, _ former: WorkerPlace, _ status: ExitStatus, lost: Int) {
        let (isNeeded, failures) = state.withLock { state in
            (
                !state.isStopping && state.current.contains(place) && former.stage != .retiring,
                state.places[place].failures
            )
        }
        if former.stage == .retiring {
            logger.debug("worker \(place + 1) (pid \(former.process?.pid ?? 0)) has ended after its last request")
        }
        queue.wakeWorkers()
        guard isNeeded, !isFirstStart else { return }
        let requests = lost == 1 ? "1 request" : "\(lost) requests"
        logger.error(
            "worker \(place + 1) (pid \(former.process?.pid ?? 0)) \(status); \(requests) lost; a new worker starts"
        )
        // Doubling from a tenth of a second to six: a worker that dies at once must not keep the machine busy.
        let delay = former.stage == .ready && failures <= 1 ? 0 : min(6400, 100 << min(failures, 6))
        lanes.first?.eventLoop.scheduleTask(in: .milliseconds(Int64(delay))) { self.restart(place) }
    }

    /// Before the pool has been ready once, a failure ends it.
    private var isFirstStart: Bool {
        state.withLock { state in state.generation == 1 && !state.isMonitored }
    }

    private func restart(_ place: Int) {
        let isNeeded = state.withLock { state in
            guard !state.isStopping, state.current.contains(place), state.places[place].stage == .empty else {
                return false
            }
            state.places[place].stage = .starting
            return true
        }
        guard isNeeded else { return settle() }
        do {
            try startWorker(place)
        } catch {
            state.withLock { $0.places[place].stage = .empty }
            logger.error("worker \(place + 1) could not be started: \(error)")
            lanes.first?.eventLoop.scheduleTask(in: .seconds(5)) { self.restart(place) }
        }
    }
}
