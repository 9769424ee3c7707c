internal import CMartletWorker
internal import Glibc
internal import Logging
internal import MartletGateway
internal import NIOCore
internal import NIOPosix

/// One event loop's way to the workers: its slots, and the pipe that workers wake it with.
///
/// A pipe and no eventfd: its ends have flags of their own, so that no worker can make the server's read block.
///
/// Everything in it is used on its event loop only.
final class Lane: @unchecked Sendable {
    let index: Int
    let eventLoop: any EventLoop
    let executor: LoopExecutor
    /// The workers' end of the pipe.
    let descriptor: CInt
    private let readEnd: CInt
    let handoverSocket: HandoverSocket
    private let memory: SharedMemory
    private let shared: UnsafeMutablePointer<martlet_lane>
    private let completions: CompletionBits
    private let queue: RequestQueue
    private(set) var slots: [Slot?]
    private var free: [UInt32]
    private var waiting = WaitingCalls()
    /// Slots whose requests were taken back while workers may still come by their places in the queue.
    private var withdrawn: Set<UInt32> = []
    private(set) var tick: UInt32 = 0
    private var isTicking = false
    private let watch: RequestWatch
    private var isFlushScheduled = false
    private var isLookScheduled = false
    private var channel: (any Channel)?
    let memo = ResponseReader.Memo()
    let logger: Logger
    /// Set once, before the first request.
    weak var supervisor: (any LaneSupervisor)?
    /// How much of an answer is kept for a client that does not take it; nil for none.
    var responseBufferLimit: Int?

    /// A request that waits for a slot.
    struct Call {
        let request: Request
        let body: TakenBody
        let exchange: any Exchange
    }

    init(
        index: Int,
        eventLoop: any EventLoop,
        memory: SharedMemory,
        queue: RequestQueue,
        watch: RequestWatch,
        logger: Logger
    )
        throws
    {
        self.watch = watch
        self.logger = logger
        self.index = index
        self.eventLoop = eventLoop
        self.memory = memory
        self.queue = queue
        shared = memory.lane(index)
        completions = CompletionBits(shared)
        if let known = LoopExecutor.of(eventLoop) {
            executor = known
        } else {
            executor = LoopExecutor(eventLoop)
            executor.register()
        }
        slots = Array(repeating: nil, count: MARTLET_LANE_SLOTS)
        let first = UInt32(index * MARTLET_LANE_SLOTS)
        free = (0..<UInt32(MARTLET_LANE_SLOTS)).reversed().map { first + $0 }
        handoverSocket = try HandoverSocket()
        var ends: [CInt] = [-1, -1]
        guard martlet_pipe_create(&ends) == 0, fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 else {
            throw IOError(errnoCode: errno, reason: "pipe")
        }
        (readEnd, descriptor) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(descriptor)
    }

    /// Begins to listen for the workers.
    func open() async throws {
        let own = fcntl(readEnd, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { throw IOError(errnoCode: errno, reason: "fcntl") }
        channel = try await NIOPipeBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LaneHandler(lane: self))
                }
            }
            .takingOwnershipOfDescriptor(input: own)
            .get()
        martlet_store32(&shared.pointee.armed, 1)
    }

    func shutDown() async {
        try? await channel?.close().get()
        try? await eventLoop.submit { self.wake = {} }.get()
    }

    // MARK: - Slots

    /// Takes a request in: it goes to the workers, or waits for a slot.
    func begin(_ call: Call) {
        guard !call.exchange.isLost else { return }
        if let index = free.popLast() { return start(slot(index), call) }
        if !waiting.append(call, at: tick) { call.exchange.complete(.overloaded) }
    }

    private func start(_ slot: Slot, _ call: Call) {
        guard slot.write(call.request, body: call.body, for: call.exchange) else {
            slot.isAnswered = true
            release(slot)
            return call.exchange.complete(.headTooLarge)
        }
        call.exchange.observeLoss(by: slot)
        publish(slot)
    }

    private func slot(_ index: UInt32) -> Slot {
        let position = Int(index) - self.index * MARTLET_LANE_SLOTS
        if let slot = slots[position] { return slot }
        let slot = Slot(index: index, lane: self, memory: memory)
        slots[position] = slot
        return slot
    }

    /// Gives a slot back that no worker will touch again, once that is certain.
    func release(_ slot: Slot) {
        guard slot.isInUse else { return }
        guard slot.awaitedDeaths.isEmpty else {
            slot.isAbandoned = true
            return
        }
        guard !slot.isWithdrawn || queue.hasPassed(slot.queuePosition) else {
            slot.forgetRequest()
            withdrawn.insert(slot.index)
            return
        }
        dropHandovers(slot)
        withdrawn.remove(slot.index)
        slot.isInUse = false
        slot.generation &+= 1
        slot.pump?.cancel()
        slot.pump = nil
        martlet_store64(&slot.shared.pointee.claim, UInt64(slot.generation) << 32 | UInt64(MARTLET_CLAIM_FREE))
        slot.noteChange()
        free.append(slot.index)
        if let next = waiting.popFirst() { begin(next) }
    }

    /// Takes a request back, unless a worker has claimed it: whoever swaps first has it.
    func withdraw(_ slot: Slot) -> Bool {
        let use = UInt64(slot.generation) << 32
        let (ready, free) = (use | UInt64(MARTLET_CLAIM_READY), use | UInt64(MARTLET_CLAIM_FREE))
        guard slot.isInUse, martlet_compare_swap64(&slot.shared.pointee.claim, ready, free) else { return false }
        slot.isWithdrawn = true
        slot.isLost = true
        return true
    }

    /// Nobody wants the answer any more.
    func abandon(_ slot: Slot) {
        guard slot.isInUse else { return }
        if slot.isFinished || withdraw(slot) { return release(slot) }
        slot.isAbandoned = true
        slot.publishedTick = tick
        cancel(slot)
    }

    /// The client is gone: reads of the body fail and the response's iteration ends.
    func cancel(_ slot: Slot) {
        guard slot.isInUse else { return }
        martlet_store32(&slot.shared.pointee.cancelled, 1)
        slot.wakeWorker()
        slot.noteChange()
    }

    // MARK: - To the workers

    /// Puts a written slot into the queue. Workers are woken once for all that came in this turn of the loop.
    private func publish(_ slot: Slot) {
        slot.publishedTick = tick
        if !isTicking { startTicking() }
        martlet_store64(&slot.shared.pointee.claim, UInt64(slot.generation) << 32 | UInt64(MARTLET_CLAIM_READY))
        slot.queuePosition = queue.push(slot.entry)
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.execute(wake)
    }

    /// Made once: a closure for each request would be an allocation for each.
    ///
    /// It holds the lane until that is shut down: an object that is held weakly costs more at each request.
    private lazy var wake: @Sendable () -> Void = { self.wakeForAll() }

    private func wakeForAll() {
        isFlushScheduled = false
        queue.wakeWorkers()
        if !completions.isEmpty { drain() }
        lookAgain(in: Self.firstLook)
    }

    private static let firstLook = TimeAmount.milliseconds(2)
    private static let lastLook = TimeAmount.milliseconds(64)

    /// Workers that share this processor hold answers back while they have another request: see AnswerBatch.swift. They do so
    /// only while requests are short, so that the looks become rarer, and end, when nothing is found.
    private func lookAgain(in delay: TimeAmount) {
        guard !isLookScheduled, delay <= Self.lastLook, slots.count - free.count > 1 else { return }
        isLookScheduled = true
        eventLoop.scheduleTask(in: delay) { [self] in
            isLookScheduled = false
            guard !completions.isEmpty else { return lookAgain(in: delay * 2) }
            drain()
            lookAgain(in: Self.firstLook)
        }
    }

    /// Whether the slot may say so: it waits, or a worker that may exist has it.
    func isPlausible(_ claim: UInt64, of slot: Slot) -> Bool {
        let state = UInt32(truncatingIfNeeded: claim)
        guard UInt32(truncatingIfNeeded: claim >> 32) == slot.generation else { return false }
        if state == UInt32(MARTLET_CLAIM_READY) { return true }
        return state & MARTLET_CLAIM_TAKEN != 0 && Int(state & ~MARTLET_CLAIM_TAKEN) >> 16 < Int(memory.layout.workers)
    }

    /// Puts the queue right, where that is why nobody has claimed the request.
    func restore(_ slot: Slot) {
        if let position = queue.restore(slot.entry, at: slot.queuePosition) {
            slot.queuePosition = position
            queue.wakeAll()
        } else if tick % 4 == 0 {
            queue.wakeAll()
        }
    }

    // MARK: - Time

    /// One coarse tick while there are requests, instead of a timer for each: see ``RequestWatch``.
    private func startTicking() {
        isTicking = true
        eventLoop.scheduleRepeatedTask(initialDelay: RequestWatch.tick, delay: RequestWatch.tick) { [self] task in
            tick &+= 1
            var isBusy = false
            executor.runInline {
                for slot in slots {
                    guard let slot, slot.isInUse else { continue }
                    isBusy = true
                    watch.look(at: slot, in: self)
                }
                waiting.forgetLost()
                while let oldest = waiting.oldest, watch.hasWaitedTooLong(tick &- oldest) {
                    waiting.popFirst()?.exchange.complete(.overloaded)
                }
                releaseWithdrawn()
            }
            if !completions.isEmpty { drain() }
            if !isBusy {
                isTicking = false
                task.cancel()
            }
        }
    }

    /// Requests that wait for a slot, and for how long the first of them has.
    func requestsWithoutSlot() -> (count: Int, oldest: Duration) {
        let age = waiting.oldest.map { tick &- $0 } ?? 0
        return (waiting.count, .milliseconds(Int64(age) * RequestWatch.tickMilliseconds))
    }

    // MARK: - From the workers

    /// Turns of one drain: a worker that sets bits for ever does not keep the loop from everything else.
    private static let drainLimit = 16

    /// Deals with every slot that a worker has set the bit of.
    func drain() {
        martlet_store32(&shared.pointee.cpu, martlet_cpu())
        executor.runInline {
            releaseWithdrawn()
            for _ in 0..<Self.drainLimit {
                takeReady()
                martlet_store32(&shared.pointee.armed, 1)
                guard !completions.isEmpty, martlet_swap32(&shared.pointee.armed, 0) == 1 else { return }
            }
            eventLoop.execute { self.drain() }
        }
    }

    private func releaseWithdrawn() {
        for index in withdrawn { release(slot(index)) }
    }

    private func takeReady() {
        completions.take { position in
            guard let slot = slots[position], slot.isInUse else { return }
            if slot.isAbandoned && slot.isFinished { release(slot) } else { slot.noteChange() }
        }
    }

    /// Ends the requests of a worker that is no more.
    ///
    /// - Returns: how many there were.
    func workerDied(_ worker: Int, _ end: WorkerEnd) -> Int {
        drain()
        var count = 0
        executor.runInline {
            for slot in slots {
                guard let slot, slot.isInUse else { continue }
                if slot.awaitedDeaths.remove(worker) != nil {
                    if slot.end == nil { slot.end = end }
                    count += 1
                    if slot.isAbandoned { release(slot) }
                    continue
                }
                guard !slot.isFinished else { continue }
                let claim = UInt32(truncatingIfNeeded: martlet_load64(&slot.shared.pointee.claim))
                guard claim & MARTLET_CLAIM_TAKEN != 0, Int(claim & ~MARTLET_CLAIM_TAKEN) >> 16 == worker else {
                    continue
                }
                slot.isLost = true
                slot.end = end
                count += 1
                if slot.isAbandoned { release(slot) } else { slot.noteChange() }
            }
        }
        return count
    }
}

/// Reads what workers write to wake the loop.
private final class LaneHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let lane: Lane

    init(lane: Lane) {
        self.lane = lane
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lane.drain()
    }
}
