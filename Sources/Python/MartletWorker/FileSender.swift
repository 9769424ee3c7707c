internal import CMartletWorker
internal import Glibc

/// Sends what a `wsgi.file_wrapper` stands for (PEP 3333, "Optional Platform-Specific File Handling").
struct FileSender {
    let response: ResponseSender
    let handover: Handover

    private var slot: HeldSlot { response.slot }
    private var output: ResponseWriter { response.output }

    /// Up to this size a file is read here, into the memory that the answer leaves from anyway. Measured: at 32 KB less than half
    /// the work of handing a descriptor over, at 64 KB as much.
    private static let readBytes = 65_536

    /// Sends what a `wsgi.file_wrapper` stands for; reads it block by block where the server cannot send it by itself, and
    /// where that shows best what is wrong with it.
    ///
    /// - Returns: false with a Python exception set.
    func send(_ wrapper: PyObject) -> Bool {
        guard slot.isOpen, !output.hasBegun, response.head.isComplete else {
            return response.send(iterable: wrapper, isFile: true)
        }
        guard let part = part(of: wrapper) else {
            return py_PyErr_Occurred() == nil && response.send(iterable: wrapper, isFile: true)
        }
        // To ask lets others run, who may have written meanwhile.
        guard slot.isOpen, !output.hasBegun else { return response.send(iterable: wrapper, isFile: true) }
        let length = response.head.contentLength >= 0 ? response.head.contentLength : part.available
        guard length > 0, length <= part.available else { return response.send(iterable: wrapper, isFile: true) }
        if response.head.hasNoBody { return response.end() }
        output.isFile = true
        if response.isHead {
            output.announce(length)
            _ = output.begin(with: response.head)
        } else if length <= Self.readBytes && output.hasRoom(for: length, behind: response.head) {
            guard read(part, count: length) else {
                output.isFile = false
                return response.send(iterable: wrapper, isFile: true)
            }
        } else {
            guard handover.send(MARTLET_HANDOVER_FILE, offset: part.offset, descriptor: part.descriptor) == 0 else {
                output.isFile = false
                return response.send(iterable: wrapper, isFile: true)
            }
            output.announce(length)
            _ = output.begin(with: response.head)
        }
        slot.finish(output.hasBegun ? MARTLET_RESPONSE_COMPLETE : MARTLET_RESPONSE_ABORTED)
        return true
    }

    /// Reads a part of a file into the ring, behind the head.
    ///
    /// - Returns: false where that is not possible; nothing is in the ring then.
    private func read(_ part: FilePart, count: Int) -> Bool {
        let cached = output.readCached(
            part.descriptor,
            offset: part.offset,
            count: count,
            behind: response.head
        )
        var rest: [UInt8] = []
        if cached < count {
            // The disk has to be waited for, and others may run: into memory of our own, for the ring may be in use by them.
            let state = py_PyEval_SaveThread()
            rest = [UInt8](unsafeUninitializedCapacity: count - cached) { buffer, done in
                guard let base = buffer.baseAddress else { return }
                done = readFile(part.descriptor, at: part.offset + cached, count: buffer.count, into: base)
            }
            py_PyEval_RestoreThread(state)
            guard rest.count == count - cached, slot.isOpen, !output.hasBegun else { return false }
        }
        output.announce(count)
        guard output.begin(with: response.head) else { return false }
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
        guard let result = py_PyObject_Call(slot.worker.filePart, arguments, nil) else { return nil }
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
