internal import CMartletWorker

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
///
/// Who may touch the slot, and until when, is ``HeldSlot``'s.
final class WSGICall {
    let worker: Worker
    let slot: HeldSlot
    let log: CallLog
    /// The request's body, and how a read waits for it.
    let body: RequestBodyReader
    let input: BodyInput
    let response: ResponseSender
    let earlyHints: EarlyHints
    let upgrade: UpgradePair
    private let files: FileSender
    var environ: EnvironBuilder
    private var startResponse: ReusableHandle
    private var write: ReusableHandle
    private var hint: ReusableHandle

    init(worker: Worker) {
        self.worker = worker
        slot = HeldSlot(worker: worker)
        log = CallLog(worker: worker)
        let handover = Handover(slot: slot)
        body = RequestBodyReader(region: worker.region)
        input = BodyInput(body, slot: slot, handover: handover)
        response = ResponseSender(slot: slot, body: body, log: log)
        earlyHints = EarlyHints(slot: slot, handover: handover)
        upgrade = UpgradePair(slot: slot, handover: handover)
        files = FileSender(response: response, handover: handover)
        environ = EnvironBuilder(worker: worker, log: log)
        startResponse = ReusableHandle(worker.types.startResponse)
        write = ReusableHandle(worker.types.write)
        hint = ReusableHandle(worker.types.earlyHints)
    }

    /// Answers the request of a slot that this thread has claimed.
    func run(_ index: UInt32) {
        slot.begin(index)
        response.begin(isHead: slot.shared.pointee.flags & UInt32(MARTLET_REQUEST_HEAD.rawValue) != 0)
        input.begin()
        if let length = body.remaining, length >= Self.largeBody { martlet_return_large_blocks() }
        respond()
        leaveIfForked()
        slot.timeLimit.end()
        upgrade.close()
        var file = body.end()
        slot.end()
        guard file != nil else { return }
        // With its last descriptor goes what a file without a name has on the disk, which may take long.
        let state = py_PyEval_SaveThread()
        file = nil
        py_PyEval_RestoreThread(state)
    }

    /// A body that is worth its memory back.
    private static let largeBody = 1 << 20

    private func respond() {
        guard let environ = environ.build(for: self), let startResponse = startResponse.reference(for: self),
            let arguments = py_PyTuple_New(2)
        else { return fail() }
        _ = py_PyTuple_SetItem(arguments, 0, environ)
        _ = py_PyTuple_SetItem(arguments, 1, startResponse)
        let result = py_PyObject_Call(worker.application, arguments, nil)
        py_Py_DecRef(arguments)
        leaveIfForked()
        guard let result else { return fail() }
        let type = py_type(result)
        if type == py_PyList_Type() || type == py_PyTuple_Type() {
            if !response.send(sequence: result, isList: type == py_PyList_Type()) { fail() }
        } else if type == py_PyBytes_Type() {
            if !response.send(whole: result) { fail() }
        } else {
            if !(type == worker.fileWrapper ? files.send(result) : response.send(iterable: result)) { fail() }
            leaveIfForked()
            callClose(result)
        }
        py_Py_DecRef(result)
    }

    private func callClose(_ result: PyObject) {
        if py_PyErr_Occurred() != nil { py_PyErr_Clear() }
        guard let close = py_PyObject_GetAttr(result, worker.names.close) else {
            py_PyErr_Clear()
            return
        }
        if let done = py_PyObject_CallObject(close, nil) { py_Py_DecRef(done) } else { fail() }
        py_Py_DecRef(close)
        leaveIfForked()
    }

    /// The `write` callable, as a new reference; nil with a Python exception set.
    func writeCallable() -> PyObject? { write.reference(for: self) }

    /// The `wsgi.early_hints` callable, as a new reference; nil with a Python exception set.
    func earlyHintsCallable() -> PyObject? { hint.reference(for: self) }

    /// Python has an exception that the application did not catch: it is logged, and the client gets a 500, or an aborted
    /// connection where the head is out.
    ///
    /// Where it is ours, and says that the client did not send its body or does not take its answer, the client gets a 400
    /// and the log a line.
    private func fail() {
        leaveIfForked()
        // The time limit has no meaning for what follows; its exception would hit the log.
        slot.timeLimit.end()
        var exception = PythonException()
        exception.normalize()
        let isClients = exception.isCaused(by: worker.types.incompleteBody, or: worker.types.clientGone)
        response.answerFailure(isClients || !response.canBegin ? nil : failureAnswer(to: exception))
        if isClients || upgrade.isEnd(exception) {
            exception.release()
            if isClients { log.note("info", input.lastBreak?.text ?? "the client closed the connection") }
        } else {
            log.write(exception)
        }
    }
}
