internal import CMartletWorker
internal import HTTPTypes
public import Logging
public import MartletGateway
internal import MartletProcesses
public import NIOCore
import Synchronization

/// A Python WSGI application as an ``Application``: a pool of worker processes that take requests from shared memory.
public final class PythonApplication: DirectApplication {
    private let lanes: [Lane]
    private let lanesByLoop: [ObjectIdentifier: Lane]
    let pool: WorkerPool

    private init(lanes: [Lane], pool: WorkerPool) {
        self.lanes = lanes
        self.pool = pool
        lanesByLoop = Dictionary(
            lanes.map { (ObjectIdentifier($0.eventLoop), $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Starts the workers and waits until each has imported the application.
    ///
    /// - Parameter eventLoops: the loops that the application will be called on.
    /// - Throws: ``ImportFailed`` where the application cannot be imported; the traceback is on stderr then.
    public static func start(
        _ configuration: PythonConfiguration,
        interpreter: Interpreter,
        eventLoops: [any EventLoop],
        logger: Logger
    ) async throws -> PythonApplication {
        OrphanReaper.startIfFirstProcess()
        let memory = try SharedMemory(lanes: eventLoops.count, workers: configuration.workers)
        let queue = RequestQueue(memory: memory, workers: configuration.workers, threads: configuration.threads)
        let watch = RequestWatch(configuration)
        let lanes = try eventLoops.enumerated().map { index, loop in
            try Lane(index: index, eventLoop: loop, memory: memory, queue: queue, watch: watch, logger: logger)
        }
        memory.queue.pointee.allows_underscores = configuration.allowsUnderscores ? 1 : 0
        for lane in lanes { try await lane.open() }
        let pool = try WorkerPool(
            configuration: configuration,
            interpreter: interpreter,
            memory: memory,
            lanes: lanes,
            queue: queue,
            logger: logger
        )
        watch.supervisor = pool
        for lane in lanes {
            lane.supervisor = pool
            lane.responseBufferLimit = configuration.responseBuffering ? configuration.responseBufferingLimit : nil
        }
        do {
            try await pool.start()
        } catch {
            for lane in lanes { await lane.shutDown() }
            throw error
        }
        return PythonApplication(lanes: lanes, pool: pool)
    }

    /// What it is called: `hello:app`.
    public var name: String { pool.configuration.application }

    /// Whether a worker can take requests.
    public var hasWorker: Bool { pool.machine.withLock { $0.places.contains { $0.stage == .ready } } }

    /// Ends the workers at once, whatever they are doing.
    public func killWorkers() {
        pool.tell(.kill)
    }

    /// Lets the workers finish what they have, for at most `grace`, and ends them.
    public func shutdown(grace: Duration) async {
        await pool.shutdown(grace: grace)
        for lane in lanes { await lane.shutDown() }
    }

    public func respond(to request: Request) async throws -> Response { try await respondByBeginning(request) }

    package func begin(_ request: Request, for exchange: any Exchange) {
        if pool.configuration.reloadsOnChange, let failure = pool.importFailure.withLock({ $0 }) {
            return exchange.complete(failure.page)
        }
        guard let lane = lanesByLoop[ObjectIdentifier(request.connection.eventLoop)] else {
            return exchange.answer { try await self.respondElsewhere(to: request) }
        }
        if let body = TakenBody(ready: request, isBuffered: pool.configuration.requestBuffering) {
            return lane.begin(Lane.Call(request: request, body: body, exchange: exchange))
        }
        Task.immediate(executorPreference: lane.executor) {
            do {
                let body = try await TakenBody.takeIn(request)
                lane.begin(Lane.Call(request: request, body: body, exchange: exchange))
            } catch {
                exchange.fail(error)
            }
        }
    }

    /// For a caller whose loop is not one of those that the application was started for.
    private func respondElsewhere(to request: Request) async throws -> Response {
        guard let lane = lanes.first else { return .overloaded }
        let ready = TakenBody(ready: request, isBuffered: pool.configuration.requestBuffering)
        let body = if let ready { ready } else { try await TakenBody.takeIn(request) }
        return try await AwaitedExchange.response(to: request, on: lane.eventLoop) { exchange in
            lane.begin(Lane.Call(request: request, body: body, exchange: exchange))
        }
    }

    /// Imports the application anew; requests go on meanwhile.
    ///
    /// - Throws: ``ImportFailed``: the former generation goes on serving. ``ReloadUnderWay``.
    public func reload() async throws {
        try await pool.reload()
    }

    /// As ``reload()``; what comes of it is in the log. One that is asked for during another follows it.
    ///
    /// - Returns: whether the application is served anew.
    public func reloadAndLog() async -> Bool {
        await pool.reloadAndLog()
    }
}
