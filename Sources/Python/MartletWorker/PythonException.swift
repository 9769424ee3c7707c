internal import CMartletWorker

/// The exception that Python has set, taken from it. The references are ours until ``restore()`` or ``release()``.
struct PythonException {
    private(set) var type: PyObject? = nil
    private(set) var value: PyObject? = nil
    private(set) var trace: PyObject? = nil

    /// Takes it, where there is one.
    init() {
        py_PyErr_Fetch(&type, &value, &trace)
    }

    /// Makes an object of the exception where there are only its parts: what logs and handlers expect.
    mutating func normalize() {
        py_PyErr_NormalizeException(&type, &value, &trace)
    }

    /// Gives it back to Python.
    func restore() {
        py_PyErr_Restore(type, value, trace)
    }

    func release() {
        if let type { py_Py_DecRef(type) }
        if let value { py_Py_DecRef(value) }
        if let trace { py_Py_DecRef(trace) }
    }

    /// Calls `function(type, value, traceback, …)` and hands all references over.
    ///
    /// - Returns: false with a Python exception set.
    func report(to function: PyObject, with others: PyObject?...) -> Bool {
        let count = 3 + others.count
        guard let arguments = py_PyTuple_New(count) else { return false }
        defer { py_Py_DecRef(arguments) }
        for (index, object) in ([type, value, trace] + others).enumerated() {
            _ = py_PyTuple_SetItem(arguments, index, object ?? none())
        }
        guard let done = py_PyObject_Call(function, arguments, nil) else { return false }
        py_Py_DecRef(done)
        return true
    }

    /// Calls `function(type, value, traceback, other)`, and keeps its own references.
    ///
    /// - Returns: a new reference; nil with a Python exception set.
    func call(_ function: PyObject, _ other: PyObject) -> PyObject? {
        guard let arguments = py_PyTuple_New(4) else { return nil }
        defer { py_Py_DecRef(arguments) }
        for (index, object) in [type, value, trace, other].enumerated() {
            if let object { py_Py_IncRef(object) }
            _ = py_PyTuple_SetItem(arguments, index, object ?? none())
        }
        return py_PyObject_Call(function, arguments, nil)
    }

    /// Whether it is one of these types, or was raised because of one.
    func isCaused(by first: PyObject, or second: PyObject) -> Bool {
        guard var current = value else { return false }
        py_Py_IncRef(current)
        defer { py_Py_DecRef(current) }
        // Chains may be circular.
        for _ in 0..<32 {
            let type = py_type(current)
            if py_PyType_IsSubtype(type, first) != 0 || py_PyType_IsSubtype(type, second) != 0 { return true }
            guard let next = py_PyException_GetCause(current) ?? py_PyException_GetContext(current) else { break }
            py_Py_DecRef(current)
            current = next
        }
        return false
    }
}
