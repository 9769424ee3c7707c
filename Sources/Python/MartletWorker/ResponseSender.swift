internal import CMartletWorker

/// Sends what the application returns or writes, block by block: rules 1 to 3 of ``WSGICall``.
final class ResponseSender {
    let slot: HeldSlot
    let output: ResponseWriter
    private let body: RequestBodyReader
    private let log: CallLog
    var head = ResponseHead()
    /// `start_response` has been called, even if it failed.
    var isStarted = false
    private(set) var isHead = false

    init(slot: HeldSlot, body: RequestBodyReader, log: CallLog) {
        self.slot = slot
        self.body = body
        self.log = log
        output = slot.output
    }

    /// The thread begins with another request.
    func begin(isHead: Bool) {
        self.isHead = isHead
        isStarted = false
        head.reset()
    }

    /// The head is out: there is no other answer any more.
    var hasBegun: Bool { output.hasBegun }

    /// What became of a block.
    enum Sent {
        /// It is in the ring, but for so many bytes that were beyond the announced length.
        case sent(surplus: Int)
        /// Nobody wants it: the client is gone, or the request is over.
        case unwanted
        /// Python has an exception.
        case failed
    }

    /// What the application gives is not sent: the method is HEAD, or the status has no body.
    private var hasNoBody: Bool { isHead || head.hasNoBody }

    /// All of the answer is here: a list or a tuple. Its length is the sum of its items'.
    func send(sequence: PyObject, isList: Bool) -> Bool {
        let count = isList ? py_PyList_Size(sequence) : py_PyTuple_Size(sequence)
        func item(_ index: Int) -> PyObject? {
            isList ? py_PyList_GetItem(sequence, index) : py_PyTuple_GetItem(sequence, index)
        }
        var total = 0
        for index in 0..<max(0, count) {
            guard let item = item(index), isBytes(item) else { return refuse(item(index)) }
            total &+= py_PyBytes_Size(item)
        }
        guard checkStarted() else { return false }
        if !output.hasBegun && head.contentLength < 0 { output.announce(total) }
        var surplus = 0
        for index in 0..<max(0, count) where slot.isOpen {
            // Where the ring is full others run, and may change the list: it need not keep the item, or be as long.
            guard let item = item(index) else { return refuse(nil) }
            py_Py_IncRef(item)
            defer { py_Py_DecRef(item) }
            guard isBytes(item) else { return refuse(item) }
            switch put(item) {
            case .sent(let rest): surplus &+= rest
            case .unwanted: return true
            case .failed: return false
            }
        }
        guard end() else { return false }
        if surplus > 0 { saySurplus(bytes: surplus) }
        return true
    }

    /// A bytes object in the place of a list of them: an iterable of single bytes once, in Python 2, and sent as one block.
    func send(whole block: PyObject) -> Bool {
        guard checkStarted() else { return false }
        if !output.hasBegun && head.contentLength < 0 { output.announce(max(0, py_PyBytes_Size(block))) }
        switch put(block) {
        case .unwanted: return true
        case .failed: return false
        case .sent(let surplus):
            guard end() else { return false }
            if surplus > 0 { saySurplus(bytes: surplus) }
            return true
        }
    }

    /// - Parameter isFile: it stands for a file, which is sent up to the announced length (PEP 3333, "Optional Platform-Specific
    ///   File Handling"): to read on would only cost time.
    /// - Returns: false with a Python exception set.
    func send(iterable: PyObject, isFile: Bool = false) -> Bool {
        guard let iterator = py_PyObject_GetIter(iterable) else { return false }
        defer { py_Py_DecRef(iterator) }
        var surplus = Surplus()
        defer { if surplus.bytes > 0 { saySurplus(bytes: surplus.bytes, isCutShort: surplus.isTooMuch) } }
        while let item = py_PyIter_Next(iterator) {
            defer { py_Py_DecRef(item) }
            leaveIfForked()
            guard isBytes(item) else { return refuse(item) }
            // A block without bytes may be all that ever comes.
            guard !endsIfCancelled() else { return true }
            guard py_PyBytes_Size(item) > 0 else { continue }
            guard checkStarted() else { return false }
            switch send(block: item) {
            case .sent(let rest):
                if isFile && output.remaining == 0 { return end() }
                if rest > 0 { surplus.add(rest) }
            case .unwanted: return true
            case .failed: return false
            }
            if endsIfCancelled() || surplus.isTooMuch { return true }
        }
        leaveIfForked()
        return py_PyErr_Occurred() == nil && checkStarted() && end()
    }

    /// Whether nobody wants the answer any more.
    private func endsIfCancelled() -> Bool {
        if slot.isOpen && output.isCancelled { slot.finish(MARTLET_RESPONSE_ABORTED) }
        return !slot.isOpen && !slot.isWhole
    }

    /// Sends a bytes object, so that it is on its way when this returns; ends the response where that was the last of it.
    func send(block: PyObject) -> Sent {
        let outcome = put(block)
        guard case .sent = outcome, slot.isOpen, py_PyBytes_Size(block) > 0 else { return outcome }
        if hasNoBody || output.remaining == 0 && body.remaining == 0 {
            // An answer of one block leaves in one piece, with one wake-up.
            slot.finish(MARTLET_RESPONSE_COMPLETE)
        } else {
            // Also where the answer is all here, but the request's body is not read: it may still be, with the slot.
            slot.publishPart()
        }
        return outcome
    }

    /// Puts a bytes object into the ring, behind the head where it is the first.
    private func put(_ block: PyObject) -> Sent {
        guard let bytes = py_PyBytes_AsString(block) else { return .failed }
        let count = max(0, py_PyBytes_Size(block))
        guard slot.isOpen else { return slot.isWhole ? .sent(surplus: count) : .unwanted }
        guard count > 0 else { return .sent(surplus: 0) }
        guard beginBody() else { return .failed }
        return bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            let block = UnsafeBufferPointer(start: $0, count: count)
            if hasNoBody {
                // The server looks at it to say what GET would have said. There is no need to wait for room.
                _ = output.put(block)
                return .sent(surplus: 0)
            }
            return append(block)
        }
    }

    /// Puts the head into the ring, unless it is there.
    private func beginBody() -> Bool {
        guard !output.hasBegun else { return true }
        if head.contentLength >= 0 { output.announce(head.contentLength) }
        if output.begin(with: head) { return true }
        raise(py_PyExc_ValueError(), "the response headers are larger than 64 KB")
        return false
    }

    /// A block from the `write()` callable.
    ///
    /// - Returns: false with a Python exception set.
    func send(written block: PyObject) -> Bool {
        if hasNoBody && slot.isWhole { return true }
        if slot.isOpen && output.isCancelled { slot.finish(MARTLET_RESPONSE_ABORTED) }
        let remaining = output.remaining
        guard remaining < 0 || py_PyBytes_Size(block) <= remaining || !(slot.isOpen || slot.isWhole) else {
            raise(
                py_PyExc_AssertionError(),
                "more bytes were written than the Content-Length of \(head.contentLength) announced"
            )
            return false
        }
        switch send(block: block) {
        case .failed: return false
        case .sent(let surplus):
            if surplus > 0 { saySurplus(bytes: surplus) }
            return true
        case .unwanted:
            raise(slot.worker.types.clientGone, "the client closed the connection")
            return false
        }
    }

    /// The application has no more: the response is whole, unless it announced more.
    func end() -> Bool {
        guard slot.isOpen else { return true }
        if !output.hasBegun {
            output.announce(hasNoBody ? head.contentLength : max(0, head.contentLength))
            guard output.begin(with: head) else {
                raise(py_PyExc_ValueError(), "the response headers are larger than 64 KB")
                return false
            }
            if hasNoBody {
                slot.finish(MARTLET_RESPONSE_COMPLETE)
                return true
            }
        }
        let missing = output.remaining
        guard missing <= 0 || hasNoBody else {
            slot.finish(MARTLET_RESPONSE_ABORTED)
            raise(
                py_PyExc_AssertionError(),
                "the application announced a Content-Length of \(head.contentLength) bytes and returned "
                    + "\(missing) fewer; the connection was closed"
            )
            return false
        }
        slot.finish(MARTLET_RESPONSE_COMPLETE)
        return true
    }

    // MARK: - What is beyond the announced length

    /// What an iteration gives after the announced length. It is left out.
    private struct Surplus {
        private(set) var bytes = 0
        private var blocks = 0
        private var began: UInt64 = 0

        /// To end is up to the application, within reason: some stream for ever, and the thread is not theirs.
        private static let limit = 1_000
        private static let patience: UInt64 = 10_000_000_000

        mutating func add(_ count: Int) {
            if blocks == 0 { began = martlet_clock() }
            bytes &+= count
            blocks &+= 1
        }

        var isTooMuch: Bool { blocks >= Self.limit || blocks > 0 && martlet_clock() &- began > Self.patience }
    }

    private func saySurplus(bytes: Int, isCutShort: Bool = false) {
        guard head.contentLength >= 0, !hasNoBody else { return }
        log.note(
            "warning",
            "the application's body is \(isCutShort ? "at least " : "")\(bytes) bytes longer than the Content-Length of "
                + "\(head.contentLength) that it announced; they are left out"
                + "\(isCutShort ? ", and as it goes on and on it was closed" : "")"
        )
    }

    // MARK: - Waiting for room

    /// Copies a block into the ring. Where it does not fit, the server is told to send what is there, and this waits.
    private func append(_ block: UnsafeBufferPointer<UInt8>) -> Sent {
        let epoch = slot.epoch
        var rest = block
        while true {
            rest = UnsafeBufferPointer(rebasing: rest.dropFirst(output.put(rest)))
            if rest.isEmpty || output.remaining == 0 { return .sent(surplus: rest.count) }
            slot.publishPart()
            let outcome = slot.wait(until: output.hasRoom)
            if case .interrupted = outcome, py_PyErr_CheckSignals() != 0 { return .failed }
            guard slot.isOpen(since: epoch) else { return .unwanted }
            if case .gone = outcome {
                slot.finish(MARTLET_RESPONSE_ABORTED)
                return .unwanted
            }
        }
    }

    // MARK: - What may go wrong

    private func checkStarted() -> Bool {
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

    // MARK: - An error

    /// Whether an answer can still be made.
    var canBegin: Bool { slot.isOpen && !output.hasBegun }

    /// Answers in the place of an application that has failed; where the head is out, the connection is aborted.
    ///
    /// - Parameter failure: nil where it is the client's fault, or where there can be no answer.
    func answerFailure(_ failure: FailureAnswer?) {
        guard slot.isOpen else { return }
        if output.hasBegun { return slot.finish(MARTLET_RESPONSE_ABORTED) }
        if let failure { head.setServerError(fields: failure.fields) } else { head.setBadRequest() }
        let text = failure?.body ?? ResponseHead.badRequestBody
        output.announce(text.count)
        let hasBegun = output.begin(with: head)
        let count = text.withUnsafeBufferPointer { output.put($0) }
        slot.finish(hasBegun && count == text.count ? MARTLET_RESPONSE_COMPLETE : MARTLET_RESPONSE_ABORTED)
    }
}
