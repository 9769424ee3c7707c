internal import CMartletWorker

/// What this library has to say about a thread's request in the error log.
final class CallLog {
    private let worker: Worker
    /// The request that the thread has.
    var subject = RequestSubject()

    init(worker: Worker) {
        self.worker = worker
    }

    /// Writes a record to the log, as the server writes its own. Lets other threads run; a Python exception that is set stays.
    ///
    /// - Parameter text: in ASCII.
    func note(_ level: StaticString, _ text: @autoclosure () -> String) {
        let exception = PythonException()
        write(intern(level), text(), subject.makeLine(), subject.identifier)
        exception.restore()
    }

    private func write(_ level: PyObject?, _ text: String, _ line: PyObject?, _ identifier: PyObject?) {
        guard let arguments = py_PyTuple_New(4) else { return py_PyErr_Clear() }
        defer { py_Py_DecRef(arguments) }
        if let level { py_Py_IncRef(level) }
        if let identifier { py_Py_IncRef(identifier) }
        let text = Array(text.utf8).withUnsafeBufferPointer(latin1)
        if line == nil || text == nil { py_PyErr_Clear() }
        for (index, object) in [level, text, line, identifier].enumerated() {
            _ = py_PyTuple_SetItem(arguments, index, object ?? none())
        }
        if let done = py_PyObject_Call(worker.note, arguments, nil) { py_Py_DecRef(done) } else { py_PyErr_Clear() }
    }

    /// Writes an exception of the application, with its traceback. The exception is handed over.
    func write(_ exception: PythonException) {
        if let identifier = subject.identifier { py_Py_IncRef(identifier) }
        let isWritten = exception.report(to: worker.log, with: subject.makeLine(), subject.identifier)
        if !isWritten { py_PyErr_WriteUnraisable(worker.log) }
    }

    /// Once for each worker is enough.
    func noteLeftOutField(_ name: String) {
        guard !worker.hasNotedLeftOutFields else { return }
        worker.hasNotedLeftOutFields = true
        note(
            "warning",
            "the application sets the response header \(name), which is about the connection and so the server's "
                + "(PEP 3333, RFC 9110 section 7.6.1); it is left out, but for \"Connection: close\". Others of its kind "
                + "are left out without a word"
        )
    }
}
