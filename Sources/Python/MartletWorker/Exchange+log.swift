internal import CMartletWorker
internal import MartletBytes

// What this library has to say of an application, in the error log.

/// Once for each worker is enough. Used with the GIL held.
nonisolated(unsafe) private var hasSaidThatFieldsAreLeftOut = false

extension Exchange {
    /// Writes a record to the log, as the server writes its own. Lets other threads run; a Python exception that is set stays.
    func note(_ level: StaticString, _ text: @autoclosure () -> String) {
        var type: PyObject? = nil
        var value: PyObject? = nil
        var trace: PyObject? = nil
        py_PyErr_Fetch(&type, &value, &trace)
        write(LogTime.now() + " \(level) \(text())\n")
        py_PyErr_Restore(type, value, trace)
    }

    private func write(_ line: String) {
        guard let errors = py_PyDict_GetItemWithError(worker.prototype, worker.names.errors),
            let write = py_PyObject_GetAttr(errors, worker.names.writeText)
        else { return py_PyErr_Clear() }
        defer { py_Py_DecRef(write) }
        let bytes = Array(line.utf8)
        guard let arguments = py_PyTuple_New(1), let text = bytes.withUnsafeBufferPointer(latin1) else {
            return py_PyErr_Clear()
        }
        defer { py_Py_DecRef(arguments) }
        _ = py_PyTuple_SetItem(arguments, 0, text)
        if let done = py_PyObject_Call(write, arguments, nil) { py_Py_DecRef(done) } else { py_PyErr_Clear() }
    }

    func sayThatItIsLeftOut(_ name: String) {
        guard !hasSaidThatFieldsAreLeftOut else { return }
        hasSaidThatFieldsAreLeftOut = true
        note(
            "warning ",
            "the application sets the response header \(name), which is about the connection and so the server's "
                + "(PEP 3333, RFC 9110 section 7.6.1); it is left out, but for \"Connection: close\". Others of its kind "
                + "are left out without a word: \(subject)"
        )
    }

    /// Which request this is, as the log names it.
    var subject: String {
        let line = subjectLine
        defer { py_Py_DecRef(line) }
        return "\(text(of: line)) (request \(text(of: subjectIdentifier)))"
    }

    private func text(of object: PyObject?) -> String {
        var count = 0
        guard let object, let text = py_PyUnicode_AsUTF8AndSize(object, &count) else {
            py_PyErr_Clear()
            return "?"
        }
        let shown = UnsafeBufferPointer(start: text, count: min(count, 500)).map { $0 < 0 ? 0x3F : UInt8($0) }
        return String(decoding: shown, as: UTF8.self)
    }
}
