internal import CMartletWorker
internal import Glibc

/// One request at a time on one thread: the application is called, and what it says goes into the slot.
///
/// The rules, from PEP 3333 "Specification Details":
///
/// 1. Nothing is sent before the first non-empty block, or the end: until then `start_response` may be called again with
///    `exc_info`, and an exception becomes a 500.
/// 2. A block is on its way to the client before the next one is asked for.
/// 3. With a `Content-Length` no more than that is sent, and iteration ends there; with less, the connection is aborted.
/// 4. `close()` of what the application returned is called exactly once, whatever happened.
/// 5. After ``finish(_:)`` the slot belongs to the server again: nothing here touches it any more, `close()` included.
final class Exchange {
    let worker: Worker
    /// Goes up with every request; handles of former ones no longer fit.
    private(set) var generation: UInt64 = 0
    private(set) var slotIndex: UInt32 = 0
    private(set) var slot: UnsafeMutablePointer<martlet_slot>
    private(set) var body: RequestBodyReader
    var output: ResponseWriter
    var head = ResponseHead()
    /// `start_response` has been called, even if it failed.
    var isStarted = false
    /// The slot still belongs to this request.
    private(set) var isOpen = false
    /// The application is being called, or its `close()`.
    private(set) var isAtWork = false
    /// An exception for this request is on its way to this thread.
    var isInterrupted = false
    private var environ: EnvironBuilder
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
        head.reset()
        body.begin(slot: slot, ring: worker.region.requestRing(index))
        output.begin(slot: slot, ring: worker.region.responseRing(index))
        isAtWork = true
        answers.requestBegins(slot: index)
        respond()
        isAtWork = false
        if isInterrupted {
            // It must not hit the next request.
            isInterrupted = false
            _ = py_PyThreadState_SetAsyncExc(threadIdentifier, nil)
        }
        closePair()
        generation &+= 1
        _ = martlet_add64(&worker.record.pointee.served, 1)
    }

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
    private func leaveFork() -> Never {
        let text =
            "martlet: a child process that the application forked returned from the request; it ends here. "
            + "Call os._exit() in the child.\n"
        _ = text.withCString { Glibc.write(2, $0, strlen($0)) }
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

    // MARK: - Sending

    /// All of the answer is here: a list or a tuple. Its length is the sum of its items'.
    private func send(sequence: PyObject, isList: Bool) -> Bool {
        let count = isList ? py_PyList_Size(sequence) : py_PyTuple_Size(sequence)
        var total = 0
        for index in 0..<max(0, count) {
            let item = isList ? py_PyList_GetItem(sequence, index) : py_PyTuple_GetItem(sequence, index)
            guard let item, isBytes(item) else { return refuse(item) }
            total &+= py_PyBytes_Size(item)
        }
        guard checkStarted() else { return false }
        if !output.hasBegun && head.contentLength < 0 { output.announce(total) }
        for index in 0..<max(0, count) where isOpen {
            // The application may share the list with another thread that shortens it meanwhile.
            let item = isList ? py_PyList_GetItem(sequence, index) : py_PyTuple_GetItem(sequence, index)
            guard let item, isBytes(item), send(block: item) else { return refuse(item) }
        }
        return endOfBody()
    }

    /// A bytes object in the place of a list of them: an iterable of single bytes once, in Python 2, and sent as one block.
    private func send(whole block: PyObject) -> Bool {
        guard checkStarted() else { return false }
        if !output.hasBegun && head.contentLength < 0 { output.announce(max(0, py_PyBytes_Size(block))) }
        return send(block: block) && endOfBody()
    }

    func send(iterable: PyObject) -> Bool {
        guard let iterator = py_PyObject_GetIter(iterable) else { return false }
        defer { py_Py_DecRef(iterator) }
        while isOpen {
            guard let item = py_PyIter_Next(iterator) else {
                if martlet_is_forked() { leaveFork() }
                return py_PyErr_Occurred() == nil && checkStarted() && endOfBody()
            }
            defer { py_Py_DecRef(item) }
            guard isBytes(item) else { return refuse(item) }
            guard py_PyBytes_Size(item) > 0 else { continue }
            guard checkStarted(), send(block: item) else { return false }
            if isOpen && output.isCancelled { finish(MARTLET_RESPONSE_ABORTED) }
        }
        return true
    }

    /// Sends a bytes object, and ends the response where that was the last of it.
    ///
    /// - Returns: false with a Python exception set.
    func send(block: PyObject) -> Bool {
        guard let bytes = py_PyBytes_AsString(block) else { return false }
        return bytes.withMemoryRebound(to: UInt8.self, capacity: 1) {
            send(UnsafeBufferPointer(start: $0, count: max(0, py_PyBytes_Size(block))))
        }
    }

    private func send(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard isOpen, bytes.count > 0 else { return true }
        if !output.hasBegun {
            if head.contentLength >= 0 { output.announce(head.contentLength) }
            output.begin(with: head)
        }
        let block = output.remaining >= 0 ? UnsafeBufferPointer(rebasing: bytes.prefix(output.remaining)) : bytes
        guard output.append(block, signal: { worker.signal(slot: slotIndex) }) else {
            finish(MARTLET_RESPONSE_ABORTED)
            return true
        }
        if output.remaining == 0 || slot.pointee.flags & UInt32(MARTLET_REQUEST_HEAD.rawValue) != 0 {
            finish(MARTLET_RESPONSE_COMPLETE)
        } else if output.remaining < 0 {
            output.publish(MARTLET_RESPONSE_STREAMING)
            worker.signal(slot: slotIndex)
        }
        return true
    }

    /// A block from the `write()` callable.
    ///
    /// - Returns: false with a Python exception set.
    func send(written block: PyObject) -> Bool {
        guard isOpen || output.remaining == 0 else {
            raise(py_PyExc_BrokenPipeError(), "the client closed the connection")
            return false
        }
        guard output.remaining < 0 || py_PyBytes_Size(block) <= output.remaining else {
            raise(
                py_PyExc_AssertionError(),
                "more bytes were written than the Content-Length of \(head.contentLength) announced"
            )
            return false
        }
        return send(block: block)
    }

    /// The application has no more: the response is whole, unless it announced more.
    func endOfBody() -> Bool {
        guard isOpen else { return true }
        if !output.hasBegun {
            let isEmptyByRule = slot.pointee.flags & UInt32(MARTLET_REQUEST_HEAD.rawValue) != 0 || head.hasNoBody
            output.announce(isEmptyByRule ? head.contentLength : max(0, head.contentLength))
            output.begin(with: head)
            if isEmptyByRule {
                finish(MARTLET_RESPONSE_COMPLETE)
                return true
            }
        }
        guard output.remaining <= 0 else {
            finish(MARTLET_RESPONSE_ABORTED)
            raise(
                py_PyExc_AssertionError(),
                "the application announced a Content-Length of \(head.contentLength) bytes and returned "
                    + "\(output.remaining) fewer; the connection was closed"
            )
            return false
        }
        finish(MARTLET_RESPONSE_COMPLETE)
        return true
    }

    func finish(_ phase: martlet_response_phase) {
        guard isOpen else { return }
        isOpen = false
        output.publish(phase)
        answers.add(slot: slotIndex)
    }

    // MARK: - The request's body

    func waitForBody() -> RequestBodyReader.Outcome {
        guard isOpen else { return .end }
        return body.wait {
            answers.flush()
            worker.signal(slot: slotIndex)
        }
    }

    func consumeBody(_ count: Int) {
        body.consume(count) { worker.signal(slot: slotIndex) }
    }

    // MARK: - What may go wrong

    func checkStarted() -> Bool {
        if isStarted && head.isComplete { return true }
        if isStarted && py_PyErr_Occurred() != nil { return false }
        raise(py_PyExc_AssertionError(), "the application returned a body without calling start_response() first")
        return false
    }

    private func isBytes(_ item: PyObject) -> Bool {
        py_type(item) == py_PyBytes_Type() || py_PyType_IsSubtype(py_type(item), py_PyBytes_Type()) != 0
    }

    private func refuse(_ item: PyObject?) -> Bool {
        guard py_PyErr_Occurred() == nil else { return false }
        raise(
            py_PyExc_TypeError(),
            "a WSGI application's body is made of bytes; an item of another type was returned (encode str with .encode())"
        )
        return false
    }

    /// Python has an exception: it is logged, and the client gets a 500, or an aborted connection where the head is out.
    private func fail() {
        if martlet_is_forked() { leaveFork() }
        var type: PyObject? = nil
        var value: PyObject? = nil
        var trace: PyObject? = nil
        py_PyErr_Fetch(&type, &value, &trace)
        if isOpen {
            if output.hasBegun {
                finish(MARTLET_RESPONSE_ABORTED)
            } else {
                head.setServerError()
                output.announce(ResponseHead.serverErrorBody.count)
                output.begin(with: head)
                ResponseHead.serverErrorBody.withUnsafeBufferPointer { _ = output.append($0, signal: {}) }
                finish(MARTLET_RESPONSE_COMPLETE)
            }
        }
        py_PyErr_NormalizeException(&type, &value, &trace)
        guard !isEndOfUpgrade(type) else { return }
        logException(type, value, trace)
    }

    private func logException(_ type: PyObject?, _ value: PyObject?, _ trace: PyObject?) {
        guard let arguments = py_PyTuple_New(5) else { return }
        _ = py_PyTuple_SetItem(arguments, 0, type ?? none())
        _ = py_PyTuple_SetItem(arguments, 1, value ?? none())
        _ = py_PyTuple_SetItem(arguments, 2, trace ?? none())
        _ = py_PyTuple_SetItem(arguments, 3, environ.describe() ?? none())
        _ = py_PyTuple_SetItem(arguments, 4, environ.identifier() ?? none())
        if let done = py_PyObject_Call(worker.log, arguments, nil) {
            py_Py_DecRef(done)
        } else {
            py_PyErr_WriteUnraisable(worker.log)
        }
        py_Py_DecRef(arguments)
    }

    private func callClose(_ result: PyObject) {
        if py_PyErr_Occurred() != nil { py_PyErr_Clear() }
        guard let close = py_PyObject_GetAttr(result, worker.names.close) else {
            py_PyErr_Clear()
            return
        }
        if let done = py_PyObject_CallObject(close, nil) { py_Py_DecRef(done) } else { fail() }
        py_Py_DecRef(close)
    }
}
