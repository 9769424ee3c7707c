internal import CMartletWorker

// `start_response(status, headers, exc_info=None)` and the `write(data)` that it returns: PEP 3333, "The start_response()
// Callable" and "The write() Callable".

typealias Call = @convention(c) (PyObject?, PyObject?, PyObject?) -> PyObject?

let startResponseCall: Call = { handle, arguments, keywords in
    guard let exchange = Handle.exchange(handle) else {
        return raise(py_PyExc_RuntimeError(), "start_response() was called after its request was over")
    }
    let count = py_PyTuple_Size(arguments)
    guard count == 2 || count == 3, let status = py_PyTuple_GetItem(arguments, 0),
        let headers = py_PyTuple_GetItem(arguments, 1)
    else {
        return raise(
            py_PyExc_TypeError(),
            "start_response() takes status, headers and, where there was an error, exc_info"
        )
    }
    var excInfo: PyObject? = count == 3 ? py_PyTuple_GetItem(arguments, 2) : nil
    if excInfo == nil, let keywords { excInfo = py_PyDict_GetItemWithError(keywords, exchange.worker.names.excInfo) }
    if py_PyErr_Occurred() != nil { return nil }
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
    return exchange.writeCallable()
}

let writeCall: Call = { handle, arguments, _ in
    guard let exchange = Handle.exchange(handle) else {
        return raise(py_PyExc_RuntimeError(), "write() was called after its request was over")
    }
    guard py_PyTuple_Size(arguments) == 1, let data = py_PyTuple_GetItem(arguments, 0),
        py_type(data) == py_PyBytes_Type() || py_PyType_IsSubtype(py_type(data), py_PyBytes_Type()) != 0
    else { return raise(py_PyExc_TypeError(), "write() takes bytes") }
    guard exchange.head.isComplete else {
        return raise(py_PyExc_AssertionError(), "write() was called before start_response() had succeeded")
    }
    guard exchange.send(written: data) else { return nil }
    return none()
}
