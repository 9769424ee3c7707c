internal import CMartletWorker
internal import Glibc
internal import Logging
internal import MartletGateway
internal import NIOCore
import Synchronization

/// The worker processes of one application: it starts them, watches them, and starts a new one where one has died.
final class WorkerPool: Sendable {
    private struct Member {
        var process: WorkerProcess?
        var isReady = false
        /// Deaths in a row of a worker that did not live long.
        var failures = 0
        var startedAt = NIODeadline.now()
    }

    private struct State {
        var members: [Member]
        var isStopping = false
        /// Waits for the first start, or for the end of all.
        var waiter: UnsafeContinuation<ImportFailed?, Never>?
        var failure: ImportFailed?
    }

    private let launch: WorkerLaunch
    private let memory: SharedMemory
    private let lanes: [Lane]
    private let queue: RequestQueue
    private let logger: Logger
    private let state: Mutex<State>

    init(
        configuration: PythonConfiguration, interpreter: Interpreter, memory: SharedMemory, lanes: [Lane], queue: RequestQueue,
        logger: Logger
    ) throws {
        launch = WorkerLaunch(
            python: interpreter.path, library: try WorkerLaunch.findLibrary(),
            directory: Interpreter.absolute(configuration.directory ?? "").trimmingTrailingSlash,
            application: configuration.application, workers: configuration.workers, threads: configuration.threads,
            memory: memory.descriptor, bootstrap: try WorkerLaunch.makeBootstrap(), lanes: lanes.map(\.descriptor) + lanes.map(\.passage.workersEnd))
        self.memory = memory
        self.lanes = lanes
        self.queue = queue
        self.logger = logger
        state = Mutex(State(members: Array(repeating: Member(), count: configuration.workers)))
    }

    deinit {
        close(launch.bootstrap)
    }

    // MARK: - Start and stop

    /// Starts every worker; returns when all have imported the application.
    func start() async throws {
        for index in 0..<launch.workers { try startWorker(index) }
        let failure = await withUnsafeContinuation { continuation in
            state.withLock { $0.waiter = continuation }
            settle()
        }
        guard let failure else { return }
        await shutdown(grace: .seconds(1))
        throw failure
    }

    /// Lets the workers end, and kills those that take longer than `grace`.
    func shutdown(grace: Duration) async {
        let processes = state.withLock { state in
            state.isStopping = true
            return state.members.compactMap(\.process)
        }
        for process in processes { process.hangUp() }
        let reaper = Task {
            try await Task.sleep(for: grace)
            for process in processes { process.kill(SIGKILL) }
        }
        _ = await withUnsafeContinuation { continuation in
            state.withLock { $0.waiter = continuation }
            settle()
        }
        reaper.cancel()
    }

    /// Resumes whoever waits, where that has come about which it waits for.
    private func settle() {
        let resumed = state.withLock { state -> (UnsafeContinuation<ImportFailed?, Never>, ImportFailed?)? in
            guard let waiter = state.waiter else { return nil }
            let isSettled =
                state.isStopping
                ? state.members.allSatisfy { $0.process == nil }
                : state.failure != nil || state.members.allSatisfy(\.isReady)
            guard isSettled else { return nil }
            state.waiter = nil
            return (waiter, state.isStopping ? nil : state.failure)
        }
        resumed?.0.resume(returning: resumed?.1)
    }

    // MARK: - One worker

    private func startWorker(_ index: Int) throws {
        let record = memory.worker(index)
        UnsafeMutableRawPointer(record).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<martlet_worker>.size)
        let process = try WorkerProcess.start(launch, index: index) { [self] event in
            switch event {
            case .ready: workerIsReady(index)
            case .failed(let failure): workerFailed(index, failure)
            case .ended(let status): workerEnded(index, status)
            }
        }
        let isLate = state.withLock { state in
            state.members[index].process = process
            state.members[index].isReady = false
            state.members[index].startedAt = .now()
            return state.isStopping
        }
        if isLate { process.hangUp() }
    }

    private func workerIsReady(_ index: Int) {
        let wasRestarted = state.withLock { state in
            state.members[index].isReady = true
            return state.members[index].failures > 0
        }
        if wasRestarted { logger.notice("worker \(index + 1) is back") }
        settle()
        queue.wakeWorkers()
    }

    private func workerFailed(_ index: Int, _ failure: ImportFailed) {
        let isFirst = state.withLock { state in
            let isStart = state.waiter != nil && !state.isStopping
            guard isStart, state.failure == nil else { return !isStart && !state.isStopping }
            state.failure = failure
            return true
        }
        // All workers import the same application: one traceback is enough.
        if isFirst { failure.showTraceback() }
        settle()
    }

    private func workerEnded(_ index: Int, _ status: ExitStatus) {
        let (isOver, wasReady, failures, pid) = state.withLock { state in
            let member = state.members[index]
            let livedLong = member.isReady && NIODeadline.now() - member.startedAt > .seconds(10)
            state.members[index].process = nil
            state.members[index].isReady = false
            state.members[index].failures = livedLong ? 1 : member.failures + 1
            if !state.isStopping && !member.isReady && state.waiter != nil {
                state.failure = state.failure ?? ImportFailed(
                    advice: "The worker process \(status) while it imported \(launch.application).", traceback: "")
            }
            let isOver = state.isStopping || state.failure != nil
            return (isOver, member.isReady, state.members[index].failures, member.process?.pid ?? 0)
        }
        settle()
        let loops = lanes.map { lane in lane.eventLoop.submit { lane.workerDied(index) } }
        guard !isOver, let first = lanes.first else { return }
        EventLoopFuture.whenAllSucceed(loops, on: first.eventLoop).whenSuccess { [self] lost in
            let count = lost.reduce(0, +)
            let requests = count == 1 ? "1 request" : "\(count) requests"
            logger.error("worker \(index + 1) (pid \(pid)) \(status); \(requests) lost; a new worker starts")
            // Doubling from a tenth of a second to five: a worker that dies at once must not keep the machine busy.
            let delay = wasReady && failures <= 1 ? 0 : min(5000, 100 << min(failures, 6))
            first.eventLoop.scheduleTask(in: .milliseconds(Int64(delay))) { self.restart(index) }
        }
    }

    private func restart(_ index: Int) {
        guard !state.withLock({ $0.isStopping }) else { return settle() }
        do {
            try startWorker(index)
        } catch {
            logger.error("worker \(index + 1) could not be started: \(error)")
            lanes.first?.eventLoop.scheduleTask(in: .seconds(5)) { self.restart(index) }
        }
    }

    /// Ends the worker that has a slot, where the slot says who that is.
    func end(workerOf slot: Slot, because reason: String) {
        let claim = UInt32(truncatingIfNeeded: martlet_load64(&slot.shared.pointee.claim))
        guard claim & MARTLET_CLAIM_TAKEN != 0 else { return }
        let index = Int(claim & ~MARTLET_CLAIM_TAKEN) >> 16
        let process = state.withLock { $0.members.indices.contains(index) ? $0.members[index].process : nil }
        logger.error("worker \(index + 1) is ended: \(reason)")
        process?.kill(SIGKILL)
    }
}

extension String {
    fileprivate var trimmingTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
