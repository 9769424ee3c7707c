internal import CMartletWorker
internal import MartletBytes

/// How the log names a request: by what its environ has anyway, taken while the slot is the request's. When something is
/// logged later, the slot may have another.
struct RequestSubject {
    private(set) var method: PyObject?
    private(set) var target: PyObject?
    private(set) var identifier: PyObject?

    /// Takes the references over.
    mutating func set(method: PyObject?, target: PyObject?, identifier: PyObject?) {
        if let former = self.method { py_Py_DecRef(former) }
        if let former = self.target { py_Py_DecRef(former) }
        if let former = self.identifier { py_Py_DecRef(former) }
        self.method = method
        self.target = target
        self.identifier = identifier
    }

    /// Method and target, as a new `str`; nil where Python has no memory for it.
    func makeLine() -> PyObject? {
        guard let method, let target = makeTarget() else { return nil }
        defer { py_Py_DecRef(target) }
        guard let begin = py_PyUnicode_Concat(method, Self.space) else { return nil }
        defer { py_Py_DecRef(begin) }
        return py_PyUnicode_Concat(begin, target)
    }

    /// The target as a log may have it.
    private func makeTarget() -> PyObject? {
        guard let target else { return nil }
        var count = 0
        if let text = py_PyUnicode_AsUTF8AndSize(target, &count),
            let redacted = SecretNames.defaults.redacted(UnsafeRawBufferPointer(start: text, count: max(0, count)))
        {
            return redacted.withUnsafeBufferPointer(latin1)
        }
        py_PyErr_Clear()
        py_Py_IncRef(target)
        return target
    }

    nonisolated(unsafe) private static let space = intern(" ")
}
