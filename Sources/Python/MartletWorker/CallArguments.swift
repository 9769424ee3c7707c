internal import CMartletWorker

/// A function that is called with a tuple and a dict of arguments.
typealias Call = @convention(c) (PyObject?, PyObject?, PyObject?) -> PyObject?

/// The arguments of a call, which may come by position or by name. What is taken is borrowed from the caller, who keeps it
/// as long as the call lasts.
struct CallArguments {
    private let positional: PyObject?
    private let keywords: PyObject?
    private let count: Int
    private var taken = 0

    init(_ positional: PyObject?, _ keywords: PyObject?) {
        self.positional = positional
        self.keywords = keywords
        count = max(0, py_PyTuple_Size(positional)) + (keywords.map { max(0, py_PyDict_Size($0)) } ?? 0)
    }

    /// The argument at a position, else that of one of two names; nil where it was not given.
    mutating func take(_ position: Int, _ name: PyObject? = nil, or other: PyObject? = nil) -> PyObject? {
        var found: PyObject?
        if position < py_PyTuple_Size(positional) {
            found = py_PyTuple_GetItem(positional, position)
        } else if let keywords {
            if let name { found = py_PyDict_GetItemWithError(keywords, name) }
            if found == nil, let other { found = py_PyDict_GetItemWithError(keywords, other) }
        }
        if found != nil { taken += 1 }
        return found
    }

    /// Whether nothing was given beside what was taken.
    var isComplete: Bool { taken == count }
}

/// The arguments of a call that all come by name. What is missing is an exception of Python.
struct KeywordArguments {
    private let given: PyObject?

    init(_ given: PyObject?) {
        self.given = given
    }

    /// A borrowed reference.
    func object(_ name: StaticString) -> PyObject? {
        if let given, let object = py_PyDict_GetItemWithError(given, intern(name)) { return object }
        if py_PyErr_Occurred() == nil { raise(py_PyExc_TypeError(), "the argument \(name) is missing") }
        return nil
    }

    /// An integer; of no use where Python has an exception afterwards.
    func number(_ name: StaticString) -> Int {
        object(name).map { py_PyLong_AsSsize_t($0) } ?? 0
    }
}
