internal import CMartletWorker

// `start_response(status, headers, exc_info=None)` and the `write(data)` that it returns: PEP 3333, "The start_response()
// Callable" and "The write() Callable".

typealias Call = @convention(c) (PyObject?, PyObject?, PyObject?) -> PyObject?

let startResponseCall: Call = { handle, arguments, keywords in
    guard let exchange = Handle.exchange(handle) else {
        return raise(py_PyExc_RuntimeError(), "start_response() was called after its request was over")
    }
    let names = exchange.worker.names
    var call = CallArguments(arguments, keywords)
    let status = call.take(0, names.status)
    let headers = call.take(1, names.headers, or: names.responseHeaders)
    let excInfo = call.take(2, names.excInfo)
    guard py_PyErr_Occurred() == nil else { return nil }
    guard let status, let headers, call.isComplete else {
        return raise(
            py_PyExc_TypeError(),
            "start_response() takes status, headers and, where there was an error, exc_info"
        )
    }
    if let given = excInfo, given != py__Py_NoneStruct() {
        guard py_type(given) == py_PyTuple_Type(), py_PyTuple_Size(given) == 3 else {
            return raise(py_PyExc_TypeError(), "exc_info is the tuple that sys.exc_info() returns")
        }
        if exchange.output.hasBegun {
            // The head is out: the application's own exception ends the request.
            let parts = (0..<3).map { index -> PyObject? in
                let part = py_PyTuple_GetItem(given, index)
                if part == py__Py_NoneStruct() { return nil }
                py_Py_IncRef(part)
                return part
            }
            py_PyErr_Restore(parts[0], parts[1], parts[2])
            if py_PyErr_Occurred() == nil { raise(py_PyExc_RuntimeError(), "the headers have been sent already") }
            return nil
        }
    } else if exchange.isStarted {
        return raise(
            py_PyExc_AssertionError(),
            "start_response() was called a second time; after an error it takes exc_info as well"
        )
    }
    exchange.isStarted = true
    guard exchange.head.set(status: status, headers: headers) else { return nil }
    // To log lets other threads run: whoever calls this from one of those may find another request here afterwards.
    let write = exchange.writeCallable()
    if let name = exchange.head.leftOut { exchange.sayThatItIsLeftOut(name) }
    return write
}

let writeCall: Call = { handle, arguments, _ in
    guard let exchange = Handle.exchange(handle) else {
        return raise(py_PyExc_RuntimeError(), "write() was called after its request was over")
    }
    var call = CallArguments(arguments, nil)
    guard let data = call.take(0), call.isComplete,
        py_type(data) == py_PyBytes_Type() || py_PyType_IsSubtype(py_type(data), py_PyBytes_Type()) != 0
    else { return raise(py_PyExc_TypeError(), "write() takes bytes") }
    guard exchange.head.isComplete else {
        return raise(py_PyExc_AssertionError(), "write() was called before start_response() had succeeded")
    }
    guard exchange.send(written: data) else { return nil }
    return none()
}

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
