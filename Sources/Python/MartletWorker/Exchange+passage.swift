internal import CMartletWorker
internal import Glibc

// What goes to the server on the passage: see the rules in martlet_passage.h.

extension Exchange {
    /// Hands something over. Never waits.
    ///
    /// - Returns: 0, or the errno.
    func pass(_ kind: martlet_passed_kind, text: ArraySlice<UInt8> = [], offset: Int = 0, descriptor: Int32 = -1)
        -> Int32
    {
        let generation = UInt32(truncatingIfNeeded: martlet_load64(&slot.pointee.claim) >> 32)
        var message = martlet_passed(
            slot: slotIndex,
            generation: generation,
            kind: UInt32(kind.rawValue),
            length: UInt32(truncatingIfNeeded: text.count),
            offset: Int64(offset)
        )
        let lane = Int(slotIndex) / MARTLET_LANE_SLOTS
        let error = text.withUnsafeBytes {
            martlet_passage_send(worker.passages[lane], &message, $0.baseAddress, descriptor)
        }
        if error == 0 { announcePassed() }
        return error
    }

    /// Has the server receive what there is.
    func announcePassed() {
        martlet_store32(&slot.pointee.passed, slot.pointee.passed &+ 1)
    }
}

// MARK: - Files

extension Exchange {
    /// Up to this size a file is read here, into the memory that the answer leaves from anyway. Measured: at 32 KB less than half
    /// the work of handing a descriptor over, at 64 KB as much.
    private static let readBytes = 65_536

    /// Sends what a `wsgi.file_wrapper` stands for; reads it block by block where the server cannot send it by itself, and
    /// where that shows best what is wrong with it.
    ///
    /// - Returns: false with a Python exception set.
    func send(file wrapper: PyObject) -> Bool {
        guard isOpen, !output.hasBegun, head.isComplete else { return send(iterable: wrapper, isFile: true) }
        guard let part = part(of: wrapper) else {
            return py_PyErr_Occurred() == nil && send(iterable: wrapper, isFile: true)
        }
        // To ask lets others run, who may have written meanwhile.
        guard isOpen, !output.hasBegun else { return send(iterable: wrapper, isFile: true) }
        let length = head.contentLength >= 0 ? head.contentLength : part.available
        guard length > 0, length <= part.available else { return send(iterable: wrapper, isFile: true) }
        if head.hasNoBody { return endOfBody() }
        if isHead {
            output.announce(length)
            _ = output.begin(with: head)
        } else if length <= Self.readBytes && output.hasRoom(for: length, behind: head) {
            guard read(part, count: length) else { return send(iterable: wrapper, isFile: true) }
        } else {
            guard pass(MARTLET_PASSED_FILE, offset: part.offset, descriptor: part.descriptor) == 0 else {
                return send(iterable: wrapper, isFile: true)
            }
            output.announce(length)
            _ = output.begin(with: head)
        }
        finish(output.hasBegun ? MARTLET_RESPONSE_COMPLETE : MARTLET_RESPONSE_ABORTED)
        return true
    }

    /// Reads a part of a file into the ring, behind the head.
    ///
    /// - Returns: false where that is not possible; nothing is in the ring then.
    private func read(_ part: FilePart, count: Int) -> Bool {
        let cached = output.readCached(part.descriptor, offset: part.offset, count: count, behind: head)
        var rest: [UInt8] = []
        if cached < count {
            // The disk has to be waited for, and others may run: into memory of our own, for the ring may be in use by them.
            let state = py_PyEval_SaveThread()
            rest = [UInt8](unsafeUninitializedCapacity: count - cached) { buffer, done in
                guard let base = buffer.baseAddress else { return }
                done = readFile(part.descriptor, at: part.offset + cached, count: buffer.count, into: base)
            }
            py_PyEval_RestoreThread(state)
            guard rest.count == count - cached, isOpen, !output.hasBegun else { return false }
        }
        output.announce(count)
        guard output.begin(with: head) else { return false }
        output.skip(cached)
        return rest.withUnsafeBufferPointer { output.put($0) } == rest.count
    }

    /// A regular file, where the application is in it, and how many bytes it has from there.
    private struct FilePart {
        let descriptor: Int32
        let offset: Int
        let available: Int
    }

    /// Nil where the file can only be read, or with a Python exception set. Files of /proc, which say that they are empty, are
    /// of the former kind.
    private func part(of wrapper: PyObject) -> FilePart? {
        guard let arguments = py_PyTuple_New(1) else { return nil }
        defer { py_Py_DecRef(arguments) }
        py_Py_IncRef(wrapper)
        _ = py_PyTuple_SetItem(arguments, 0, wrapper)
        guard let result = py_PyObject_Call(worker.filePart, arguments, nil) else { return nil }
        defer { py_Py_DecRef(result) }
        guard py_type(result) == py_PyTuple_Type(), py_PyTuple_Size(result) == 2 else { return nil }
        let descriptor = py_PyLong_AsSsize_t(py_PyTuple_GetItem(result, 0))
        let offset = py_PyLong_AsSsize_t(py_PyTuple_GetItem(result, 1))
        guard py_PyErr_Occurred() == nil, let number = Int32(exactly: descriptor), offset >= 0 else { return nil }
        var facts = stat()
        guard fstat(number, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, offset < facts.st_size else { return nil }
        return FilePart(descriptor: number, offset: offset, available: facts.st_size - offset)
    }
}

// MARK: - Early hints

extension Exchange {
    /// The `wsgi.early_hints` callable, as a new reference.
    func earlyHintsCallable() -> PyObject? {
        if let earlyHints, !py_is_shared(earlyHints) {
            Handle.renew(earlyHints, generation: generation)
        } else {
            if let earlyHints { py_Py_DecRef(earlyHints) }
            earlyHints = Handle.make(worker.types.earlyHints, exchange: self, generation: generation)
        }
        py_Py_IncRef(earlyHints)
        return earlyHints
    }

    /// - Returns: false with a Python exception set.
    func sendHints(_ headers: PyObject) -> Bool {
        var hints = ResponseHead()
        guard hints.setHints(headers) else { return false }
        guard hints.bytes.count <= MARTLET_PASSAGE_TEXT else {
            raise(py_PyExc_ValueError(), "the headers of an early hint are larger than 16 KB")
            return false
        }
        // A hint that is too late, or finds no room, is no loss.
        guard isOpen, !output.hasBegun, !hints.bytes.isEmpty else { return true }
        if pass(MARTLET_PASSED_HINTS, text: hints.bytes[...]) == 0 { worker.signal(slot: slotIndex) }
        return true
    }
}

let earlyHintsCall: Call = { handle, arguments, _ in
    guard let exchange = Handle.exchange(handle) else {
        return raise(py_PyExc_RuntimeError(), "wsgi.early_hints was called after its request was over")
    }
    guard py_PyTuple_Size(arguments) == 1, let headers = py_PyTuple_GetItem(arguments, 0) else {
        return raise(py_PyExc_TypeError(), "wsgi.early_hints takes one argument, a list of (name, value) tuples")
    }
    return exchange.sendHints(headers) ? none() : nil
}

// MARK: - The connection as a socket

extension Exchange {
    /// A new `werkzeug.socket`; nil with a Python exception set.
    func makeUpgradeSocket() -> PyObject? {
        guard let connect = Handle.make(worker.types.connect, exchange: self, generation: generation),
            let arguments = py_PyTuple_New(1)
        else { return nil }
        defer { py_Py_DecRef(arguments) }
        _ = py_PyTuple_SetItem(arguments, 0, connect)
        return py_PyObject_Call(worker.upgradeSocket, arguments, nil)
    }

    /// The application's end of a new socket pair, the other one of which the server has.
    ///
    /// - Returns: -1 with a Python exception set.
    func connect() -> Int32 {
        guard isOpen, !output.hasBegun, pairDescriptor < 0 else { return refuseToConnect(EALREADY) }
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return refuseToConnect(errno)
        }
        defer { close(ends[1]) }
        pairDescriptor = fcntl(ends[0], F_DUPFD_CLOEXEC, 0)
        let error = pairDescriptor < 0 ? errno : pass(MARTLET_PASSED_SOCKET, descriptor: ends[1])
        guard error == 0 else {
            closePair()
            close(ends[0])
            return refuseToConnect(error)
        }
        worker.signal(slot: slotIndex)
        return ends[0]
    }

    private func refuseToConnect(_ error: Int32) -> Int32 {
        raise(py_PyExc_OSError(), "the connection cannot be had as a socket: \(String(cString: strerror(error)))")
        return -1
    }

    /// The application has returned: whoever still has its end reads the end of the stream, and so does the server.
    func closePair() {
        guard pairDescriptor >= 0 else { return }
        shutdown(pairDescriptor, Int32(SHUT_RDWR))
        close(pairDescriptor)
        pairDescriptor = -1
    }

    /// Libraries end a request whose socket they have used with one of these, for there is no answer to return.
    func isEndOfUpgrade(_ type: PyObject?) -> Bool {
        guard pairDescriptor >= 0, let type else { return false }
        return py_PyType_IsSubtype(type, py_PyExc_ConnectionError()) != 0 || type == py_PyExc_StopIteration()
    }
}

let connectCall: Call = { handle, _, _ in
    guard let exchange = Handle.exchange(handle) else {
        return raise(py_PyExc_OSError(), "the socket was used after its request was over")
    }
    let descriptor = exchange.connect()
    return descriptor < 0 ? nil : py_PyLong_FromLongLong(Int64(descriptor))
}
