internal import CMartletWorker

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
        guard let method, let target, let begin = py_PyUnicode_Concat(method, Self.space) else { return nil }
        defer { py_Py_DecRef(begin) }
        return py_PyUnicode_Concat(begin, target)
    }

    nonisolated(unsafe) private static let space = intern(" ")
}
