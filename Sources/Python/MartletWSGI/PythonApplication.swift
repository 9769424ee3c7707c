internal import CMartletWorker
internal import HTTPTypes
public import Logging
public import MartletGateway
public import NIOCore
import Synchronization

/// A Python WSGI application as an ``Application``: a pool of worker processes that take requests from shared memory.
public final class PythonApplication: Application {
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
            try Lane(index: index, eventLoop: loop, memory: memory, queue: queue, watch: watch)
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
        watch.pool = pool
        do {
            try await pool.start()
        } catch {
            for lane in lanes { await lane.shutDown() }
            throw error
        }
        return PythonApplication(lanes: lanes, pool: pool)
    }

    /// Ends the workers at once, whatever they are doing.
    public func killWorkers() {
        pool.tell(.kill)
    }

    /// Lets the workers finish what they have, for at most `grace`, and ends them.
    public func shutdown(grace: Duration) async {
        await pool.shutdown(grace: grace)
        for lane in lanes { await lane.shutDown() }
    }

    public func respond(to request: Request) async throws -> Response {
        if pool.configuration.reloadsOnChange, let failure = pool.importFailure.withLock({ $0 }) { return failure.page }
        guard let lane = lanesByLoop[ObjectIdentifier(request.connection.eventLoop)] ?? lanes.first else {
            return Self.overloaded
        }
        if lane.eventLoop.inEventLoop { return try await respond(to: request, in: lane) }
        return try await withTaskExecutorPreference(lane.executor) { try await self.respond(to: request, in: lane) }
    }

    private func respond(to request: Request, in lane: Lane) async throws -> Response {
        let isBuffered = pool.configuration.requestBuffering
        let ready = TakenBody(ready: request, isBuffered: isBuffered)
        let body = if let ready { ready } else { try await takeIn(request) }
        guard let slot = await lane.acquire() else { return Self.overloaded }
        guard slot.write(request, body: body, executor: lane.executor) else {
            lane.release(slot)
            return Self.headTooLarge
        }
        lane.publish(slot)
        // No cancellation here: a worker that has the request cannot be stopped, and the answer is still wanted where the
        // client has closed its half only. Reads of a body fail by themselves, and a streamed response looks out itself.
        while slot.phase == 0 && !slot.isLost && !slot.hasBrokenRules && slot.bodyRefusal == nil {
            if slot.verdict == .tookTooLong {
                lane.abandon(slot)
                return Self.gatewayTimeout
            }
            if lane.hasUpgraded(slot, request) { break }
            await slot.nextSign()
        }
        if !slot.isLost, lane.hasUpgraded(slot, request) { return UpgradedSlot(slot: slot, lane: lane).response }
        if let error = slot.bodyRefusal {
            lane.abandon(slot)
            throw error
        }
        if slot.verdict == .waitedTooLong {
            lane.release(slot)
            return Self.overloaded
        }
        return try ResponseReader(slot: slot, lane: lane, pool: pool).response()
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

    private static let gatewayTimeout = Response.plain(
        .gatewayTimeout,
        "504 Gateway Timeout\n\nThe application has not answered in time.\n"
    )

    private static let headTooLarge = Response.plain(
        .requestHeaderFieldsTooLarge,
        "431 Request Header Fields Too Large\n\nThe request head is larger than an application can be given.\n"
    )

    private static let overloaded = Response(
        status: .serviceUnavailable,
        headers: Headers([(.contentType, "text/plain; charset=utf-8"), (.retryAfter, "1")]),
        body: .bytes(ByteBuffer(string: "503 Service Unavailable\n\nToo many requests wait for the application.\n"))
    )
}
