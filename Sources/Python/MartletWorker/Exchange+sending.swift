internal import CMartletWorker

// What the application returns or writes, block by block.

extension Exchange {
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
        for index in 0..<max(0, count) where isOpen {
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
        guard endOfBody() else { return false }
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
            guard endOfBody() else { return false }
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
            if martlet_is_forked() { leaveFork() }
            guard isBytes(item) else { return refuse(item) }
            // A block without bytes may be all that ever comes.
            guard !endsIfCancelled() else { return true }
            guard py_PyBytes_Size(item) > 0 else { continue }
            guard checkStarted() else { return false }
            switch send(block: item) {
            case .sent(let rest):
                if isFile && output.remaining == 0 { return endOfBody() }
                if rest > 0 { surplus.add(rest) }
            case .unwanted: return true
            case .failed: return false
            }
            if endsIfCancelled() || surplus.isTooMuch { return true }
        }
        if martlet_is_forked() { leaveFork() }
        return py_PyErr_Occurred() == nil && checkStarted() && endOfBody()
    }

    /// Whether nobody wants the answer any more.
    private func endsIfCancelled() -> Bool {
        if isOpen && output.isCancelled { finish(MARTLET_RESPONSE_ABORTED) }
        return !isOpen && !isWhole
    }

    /// Sends a bytes object, so that it is on its way when this returns; ends the response where that was the last of it.
    func send(block: PyObject) -> Sent {
        let outcome = put(block)
        guard case .sent = outcome, isOpen, py_PyBytes_Size(block) > 0 else { return outcome }
        if hasNoBody || output.remaining == 0 && body.remaining == 0 {
            // An answer of one block leaves in one piece, with one wake-up.
            finish(MARTLET_RESPONSE_COMPLETE)
        } else {
            // Also where the answer is all here, but the request's body is not read: it may still be, with the slot.
            output.publish(MARTLET_RESPONSE_STREAMING)
            worker.signal(slot: slotIndex)
        }
        return outcome
    }

    /// Puts a bytes object into the ring, behind the head where it is the first.
    private func put(_ block: PyObject) -> Sent {
        guard let bytes = py_PyBytes_AsString(block) else { return .failed }
        let count = max(0, py_PyBytes_Size(block))
        guard isOpen else { return isWhole ? .sent(surplus: count) : .unwanted }
        guard count > 0 else { return .sent(surplus: 0) }
        guard begin() else { return .failed }
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
    private func begin() -> Bool {
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
        if hasNoBody && isWhole { return true }
        if isOpen && output.isCancelled { finish(MARTLET_RESPONSE_ABORTED) }
        let remaining = output.remaining
        guard remaining < 0 || py_PyBytes_Size(block) <= remaining || !(isOpen || isWhole) else {
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
            raise(worker.types.clientGone, "the client closed the connection")
            return false
        }
    }

    /// The application has no more: the response is whole, unless it announced more.
    func endOfBody() -> Bool {
        guard isOpen else { return true }
        if !output.hasBegun {
            output.announce(hasNoBody ? head.contentLength : max(0, head.contentLength))
            guard output.begin(with: head) else {
                raise(py_PyExc_ValueError(), "the response headers are larger than 64 KB")
                return false
            }
            if hasNoBody {
                finish(MARTLET_RESPONSE_COMPLETE)
                return true
            }
        }
        let missing = output.remaining
        guard missing <= 0 || hasNoBody else {
            finish(MARTLET_RESPONSE_ABORTED)
            raise(
                py_PyExc_AssertionError(),
                "the application announced a Content-Length of \(head.contentLength) bytes and returned "
                    + "\(missing) fewer; the connection was closed"
            )
            return false
        }
        finish(MARTLET_RESPONSE_COMPLETE)
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
        note(
            "warning ",
            "the application's body is \(isCutShort ? "at least " : "")\(bytes) bytes longer than the Content-Length of "
                + "\(head.contentLength) that it announced; they are left out"
                + "\(isCutShort ? ", and as it goes on and on it was closed" : ""): \(subject)"
        )
    }
}
