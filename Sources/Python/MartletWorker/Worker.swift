internal import CMartletWorker
internal import Glibc
internal import MartletBytes
internal import MartletControl

/// What the threads of this worker process share. Everything of Python in it is used with the GIL held.
final class Worker {
    let region: Region
    let index: UInt32
    let application: PyObject
    /// The environ that every request's begins as a copy of.
    let prototype: PyObject
    /// `log(type, value, traceback, what, request_id)`: writes an exception to the log.
    let log: PyObject
    /// `note(level, text, what, request_id)`: writes a record to the log.
    let note: PyObject
    /// `explain(type, value, traceback, environ)`: what the page of development tells of an exception; nil in production.
    let explain: PyObject?
    /// `left(type, value, traceback)`: is told what has left a signal handler.
    private let left: PyObject
    let bell: SignalBell
    let types: Types
    let names: Names
    let keys: HeaderKeys
    private let laneDescriptors: [Int32]
    let handoverSockets: [Int32]
    /// The type of `wsgi.file_wrapper`, `file_part(wrapper)`, and the type of `werkzeug.socket`: see the Python files of those names.
    let fileWrapper: PyObject
    let filePart: PyObject
    let upgradeSocket: PyObject
    let record: UnsafeMutablePointer<martlet_worker>
    /// Our end of the control socket.
    private let control: Int32
    var limit: RequestLimit

    /// Of each thread that has begun to serve.
    var calls: [Int: WSGICall] = [:]
    /// The log has said that response headers are left out.
    var hasNotedLeftOutFields = false

    /// - Parameters:
    ///   - objects: what Python has given `start`.
    ///   - descriptors: the pipes that wake the lanes, then their handover sockets.
    init(region: Region, objects: Objects, bell: SignalBell, types: Types, descriptors: [Int32], settings: Settings) {
        self.region = region
        self.bell = bell
        self.types = types
        application = objects.application
        prototype = objects.environ
        log = objects.log
        note = objects.note
        explain = objects.explain == py__Py_NoneStruct() ? nil : objects.explain
        left = objects.left
        fileWrapper = objects.fileWrapper
        filePart = objects.filePart
        upgradeSocket = objects.upgradeSocket
        index = settings.place
        control = settings.control
        limit = RequestLimit(settings.requests, startNanoseconds: settings.startNanoseconds)
        laneDescriptors = Array(descriptors.prefix(descriptors.count / 2))
        handoverSockets = Array(descriptors.suffix(descriptors.count / 2))
        names = Names()
        keys = HeaderKeys(allowsUnderscores: region.queue.pointee.allows_underscores != 0)
        record = region.worker(settings.place)
        if let empty = Handle.makeEmpty(types.input) { _ = py_PyDict_SetItem(prototype, names.input, empty) }
    }

    /// What of Python a worker uses: references of its own.
    struct Objects {
        let application: PyObject
        let environ: PyObject
        let log: PyObject
        let note: PyObject
        let explain: PyObject
        let left: PyObject
        let fileWrapper: PyObject
        let filePart: PyObject
        let upgradeSocket: PyObject
    }

    struct Settings {
        /// Which of the records in the shared memory is this worker's.
        let place: UInt32
        /// Our end of the control socket.
        let control: Int32
        /// How many requests it takes; see ``RequestLimit``.
        let requests: Int
        let startNanoseconds: Int
    }

    var isStopping: Bool { martlet_load32(&record.pointee.stop) != 0 }

    /// Whether a thread still works on a request. With the GIL held, that cannot change meanwhile.
    func isWorking(thread: Int, slot: Int, use: Int) -> Bool {
        calls[thread]?.slot.isWorking(slot: slot, use: use) ?? false
    }

    func stop() {
        martlet_store32(&record.pointee.stop, 1)
        wakeAll()
    }

    func wakeAll() {
        _ = martlet_add32(&record.pointee.futex, 1)
        martlet_futex_wake(&record.pointee.futex, Int32.max)
    }

    /// A signal has come: the main thread may sleep, and handlers run there.
    ///
    /// - Returns: whether it was SIGINT.
    func hearBell() -> Bool {
        defer { wakeAll() }
        return bell.signals().contains(UInt8(truncatingIfNeeded: SIGINT))
    }

    /// Runs signal handlers of Python that are due. What leaves one of them goes no further: it has nothing to do with a request.
    func runSignalHandlers() {
        guard py_PyErr_CheckSignals() != 0 else { return }
        // While one is told of, another signal may come, whose handler fails as well.
        for _ in 0..<16 {
            var exception = PythonException()
            exception.normalize()
            if exception.report(to: left) { return }
        }
        py_PyErr_WriteUnraisable(left)
    }

    /// A word to the server. One that cannot be said, because the server is gone, is lost.
    func tell(_ report: WorkerReport) {
        let bytes = report.bytes
        _ = send(control, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }

    /// Tells the event loop that a slot has something for it; wakes the loop if it sleeps.
    func signal(slot: UInt32) {
        mark(slot: slot)
        wake(lane: Int(slot) / MARTLET_LANE_SLOTS)
    }

    /// Leaves word about a slot for when the event loop looks next.
    func mark(slot: UInt32) {
        let bit = Int(slot) % MARTLET_LANE_SLOTS
        let pointer = region.lane(slot / UInt32(MARTLET_LANE_SLOTS))
        let ready = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt64.self) + bit / 64
        _ = martlet_or64(ready, 1 << UInt64(bit % 64))
    }

    func wake(lane: Int) {
        let pointer = region.lane(UInt32(lane))
        guard martlet_swap32(&pointer.pointee.armed, 0) == 1 else { return }
        var byte: UInt8 = 0
        if write(laneDescriptors[lane], &byte, 1) < 0 && errno == EBADF {
            let text = "martlet: the application has closed descriptors that are not its own; the worker ends.\n"
            StandardError.write(text)
            _exit(1)
        }
    }

    /// Whether the event loop would have to take this thread's processor to run.
    func sharesProcessor(withLane lane: Int) -> Bool {
        martlet_load32(&region.lane(UInt32(lane)).pointee.cpu) == martlet_cpu()
    }

    // MARK: - The queue

    /// Claims the next request, or nil where none waits or the limit is reached. See the rules in martlet_shared.h.
    func claim(thread: UInt32) -> UInt32? {
        let queue = region.queue
        let owner = UInt64(MARTLET_CLAIM_TAKEN) | UInt64(index) << 16 | UInt64(thread)
        while !limit.isReached {
            let head = martlet_load64(&queue.pointee.head)
            let tail = martlet_load64(&queue.pointee.tail)
            guard head < tail else { return nil }
            // No more entries than that can be there: what is before them was passed over, or one of the two was overwritten.
            let capacity = region.layout.queue_mask + 1
            guard tail - head <= capacity else {
                _ = martlet_compare_swap64(&queue.pointee.head, head, tail - capacity)
                continue
            }
            let entry = region.entry(head)
            let slot = UInt32(truncatingIfNeeded: entry)
            let generation = entry & 0xFFFF_FFFF_0000_0000
            let claimed =
                slot < region.layout.slots
                && martlet_compare_swap64(
                    &region.slot(slot).pointee.claim,
                    generation | UInt64(MARTLET_CLAIM_READY),
                    generation | owner
                )
            _ = martlet_compare_swap64(&queue.pointee.head, head, head &+ 1)
            if claimed {
                count()
                return slot
            }
        }
        return nil
    }

    /// A request has been claimed; the GIL is held from one to the next.
    private func count() {
        guard limit.count() else { return }
        if limit.asksForSuccessor() { tell(.wantsSuccessor) }
        if limit.isReached { wakeAll() }
    }

    var hasWaitingRequests: Bool {
        martlet_load64(&region.queue.pointee.head) < martlet_load64(&region.queue.pointee.tail)
    }

    /// Wakes one more thread of this worker while requests wait. Called by a thread that has just been woken, so that the
    /// number of awake threads follows the need.
    func passOnWakeUp() {
        guard hasWaitingRequests, martlet_load32(&record.pointee.sleepers) > 0 else { return }
        guard martlet_swap32(&record.pointee.waking, 1) == 0 else { return }
        _ = martlet_add32(&record.pointee.futex, 1)
        martlet_futex_wake(&record.pointee.futex, 1)
    }
}
