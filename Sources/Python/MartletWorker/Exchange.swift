internal import CMartletWorker
internal import Glibc
internal import MartletBytes

/// One request at a time on one thread: the application is called, and what it says goes into the slot.
///
/// The rules, from PEP 3333 "Specification Details":
///
/// 1. Nothing is sent before the first non-empty block, or the end: until then `start_response` may be called again with
///    `exc_info`, and an exception becomes a 500.
/// 2. A block is on its way to the client before the next one is asked for.
/// 3. With a `Content-Length` no more than that is sent; with less, the connection is aborted. The iteration goes on to its
///    end, for what an application does after its last block is often to clean up.
/// 4. `close()` of what the application returned is called exactly once, whatever happened.
/// 5. After ``finish(_:)`` the slot belongs to the server again: nothing here touches it any more, `close()` included.
/// 6. Other threads of the application may come in by `wsgi.input`, `write` and their like whenever the GIL is released. So
///    whoever had to wait looks at ``isOpen`` and ``generation`` again, and only ``SlotWaiters`` use the slot without the GIL.
final class Exchange {
    let worker: Worker
    /// Goes up with every request; handles of former ones no longer fit.
    private(set) var generation: UInt64 = 0
    private(set) var slotIndex: UInt32 = 0
    private(set) var slot: UnsafeMutablePointer<martlet_slot>
    let body: RequestBodyReader
    let output: ResponseWriter
    let waiters = SlotWaiters()
    var head = ResponseHead()
    /// `start_response` has been called, even if it failed.
    var isStarted = false
    /// The slot still belongs to this request.
    private(set) var isOpen = false
    /// The response was given back whole; what comes now is beyond it.
    private(set) var isWhole = false
    private(set) var isHead = false
    /// Why the last read of the body failed, if one did.
    var bodyBreak: RequestBodyReader.Break?
    /// The application is being called and has not answered: what its time limit is for.
    var isAtWork = false
    /// An exception for this request is on its way to this thread.
    var isInterrupted = false
    private var environ: EnvironBuilder
    var subjectLine: PyObject? { environ.subject.makeLine() }
    var subjectIdentifier: PyObject? { environ.subject.identifier }
    var answers: AnswerBatch
    private var startResponse: PyObject?
    var write: PyObject?
    var earlyHints: PyObject?
    /// Our copy of the application's end of the socket pair, where it has one.
    var pairDescriptor: Int32 = -1

    /// Python's identifier of the thread that this is made on.
    private let threadIdentifier = UInt(pthread_self())

    init(worker: Worker) {
        self.worker = worker
        slot = worker.region.slot(0)
        body = RequestBodyReader(region: worker.region)
        output = ResponseWriter(region: worker.region)
        environ = EnvironBuilder(worker: worker)
        answers = AnswerBatch(worker: worker)
    }

    func run(_ index: UInt32) {
        generation &+= 1
        slotIndex = index
        slot = worker.region.slot(index)
        isStarted = false
        isOpen = true
        isWhole = false
        isHead = slot.pointee.flags & UInt32(MARTLET_REQUEST_HEAD.rawValue) != 0
        bodyBreak = nil
        waiters.begin()
        head.reset()
        body.begin(slot: slot, ring: worker.region.requestRing(index))
        output.begin(slot: slot, ring: worker.region.responseRing(index))
        if let length = body.remaining, length >= Self.largeBody { martlet_return_large_blocks() }
        isAtWork = true
        answers.requestBegins(slot: index)
        respond()
        if martlet_is_forked() { leaveFork() }
        isAtWork = false
        dropInterrupt()
        closePair()
        var file = body.end()
        generation &+= 1
        _ = martlet_add64(&worker.record.pointee.served, 1)
        guard file != nil else { return }
        // With its last descriptor goes what a file without a name has on the disk, which may take long.
        let state = py_PyEval_SaveThread()
        file = nil
        py_PyEval_RestoreThread(state)
    }

    /// The exception of a request that takes too long must not hit what comes after it.
    func dropInterrupt() {
        guard isInterrupted else { return }
        isInterrupted = false
        _ = py_PyThreadState_SetAsyncExc(threadIdentifier, nil)
    }

    /// A body that is worth its memory back.
    private static let largeBody = 1 << 20

    private func respond() {
        guard let environ = environ.build(for: self, slotIndex: slotIndex), let startResponse = reusableStartResponse(),
            let arguments = py_PyTuple_New(2)
        else { return fail() }
        _ = py_PyTuple_SetItem(arguments, 0, environ)
        py_Py_IncRef(startResponse)
        _ = py_PyTuple_SetItem(arguments, 1, startResponse)
        let result = py_PyObject_Call(worker.application, arguments, nil)
        py_Py_DecRef(arguments)
        if martlet_is_forked() { leaveFork() }
        guard let result else { return fail() }
        let type = py_type(result)
        if type == py_PyList_Type() || type == py_PyTuple_Type() {
            if !send(sequence: result, isList: type == py_PyList_Type()) { fail() }
        } else if type == py_PyBytes_Type() {
            if !send(whole: result) { fail() }
        } else {
            if !(type == worker.fileWrapper ? send(file: result) : send(iterable: result)) { fail() }
            if martlet_is_forked() { leaveFork() }
            callClose(result)
        }
        py_Py_DecRef(result)
    }

    /// The application forked in a request, and the child came back to us: it has nothing to answer.
    func leaveFork() -> Never {
        let text =
            "martlet: a child process that the application forked returned from the request; it ends here. "
            + "Call os._exit() in the child.\n"
        StandardError.write(text)
        _exit(1)
    }

    private func reusableStartResponse() -> PyObject? {
        if let startResponse, !py_is_shared(startResponse) {
            Handle.renew(startResponse, generation: generation)
            return startResponse
        }
        if let startResponse { py_Py_DecRef(startResponse) }
        startResponse = Handle.make(worker.types.startResponse, exchange: self, generation: generation)
        return startResponse
    }

    /// The write callable, as a new reference. Only applications of the old kind call it, so that it is made once a thread.
    func writeCallable() -> PyObject? {
        if let write, !py_is_shared(write) {
            Handle.renew(write, generation: generation)
        } else {
            if let write { py_Py_DecRef(write) }
            write = Handle.make(worker.types.write, exchange: self, generation: generation)
        }
        py_Py_IncRef(write)
        return write
    }

    func finish(_ phase: martlet_response_phase) {
        guard isOpen else { return }
        isOpen = false
        isWhole = phase == MARTLET_RESPONSE_COMPLETE
        // Its time limit has no meaning any more, and must not hit what comes after the answer.
        isAtWork = false
        dropInterrupt()
        waiters.sendAway(slot)
        output.publish(phase)
        answers.add(slot: slotIndex)
    }

    func consumeBody(_ count: Int) {
        body.consume(count) { worker.signal(slot: slotIndex) }
    }

    // MARK: - Waiting for room

    /// Copies a block into the ring. Where it does not fit, the server is told to send what is there, and this waits.
    func append(_ block: UnsafeBufferPointer<UInt8>) -> Sent {
        let generation = generation
        var rest = block
        while true {
            rest = UnsafeBufferPointer(rebasing: rest.dropFirst(output.put(rest)))
            if rest.isEmpty || output.remaining == 0 { return .sent(surplus: rest.count) }
            output.publish(MARTLET_RESPONSE_STREAMING)
            worker.signal(slot: slotIndex)
            let outcome = waiters.wait(on: slot, until: output.hasRoom)
            if case .interrupted = outcome, py_PyErr_CheckSignals() != 0 { return .failed }
            guard isOpen, generation == self.generation else { return .unwanted }
            if case .gone = outcome {
                finish(MARTLET_RESPONSE_ABORTED)
                return .unwanted
            }
        }
    }

    // MARK: - What may go wrong

    func checkStarted() -> Bool {
        if isStarted && head.isComplete { return true }
        if isStarted && py_PyErr_Occurred() != nil { return false }
        raise(py_PyExc_AssertionError(), "the application returned a body without calling start_response() first")
        return false
    }

    func isBytes(_ item: PyObject) -> Bool {
        py_type(item) == py_PyBytes_Type() || py_PyType_IsSubtype(py_type(item), py_PyBytes_Type()) != 0
    }

    func refuse(_ item: PyObject?) -> Bool {
        guard py_PyErr_Occurred() == nil else { return false }
        raise(
            py_PyExc_TypeError(),
            "a WSGI application's body is made of bytes; an item of another type was returned (encode str with .encode())"
        )
        return false
    }

    private func callClose(_ result: PyObject) {
        if py_PyErr_Occurred() != nil { py_PyErr_Clear() }
        guard let close = py_PyObject_GetAttr(result, worker.names.close) else {
            py_PyErr_Clear()
            return
        }
        if let done = py_PyObject_CallObject(close, nil) { py_Py_DecRef(done) } else { fail() }
        py_Py_DecRef(close)
        if martlet_is_forked() { leaveFork() }
    }
}
