internal import CMartletWorker

// `start_response(status, headers, exc_info=None)` and the `write(data)` that it returns: PEP 3333, "The start_response()
// Callable" and "The write() Callable".

let startResponseCall: Call = { handle, arguments, keywords in
    guard let call = Handle.call(handle) else {
        return raise(py_PyExc_RuntimeError(), "start_response() was called after its request was over")
    }
    let (names, response) = (call.worker.names, call.response)
    var given = CallArguments(arguments, keywords)
    let status = given.take(0, names.status)
    let headers = given.take(1, names.headers, or: names.responseHeaders)
    let excInfo = given.take(2, names.excInfo)
    guard py_PyErr_Occurred() == nil else { return nil }
    guard let status, let headers, given.isComplete else {
        return raise(
            py_PyExc_TypeError(),
            "start_response() takes status, headers and, where there was an error, exc_info"
        )
    }
    if let excInfo, excInfo != py__Py_NoneStruct() {
        guard py_type(excInfo) == py_PyTuple_Type(), py_PyTuple_Size(excInfo) == 3 else {
            return raise(py_PyExc_TypeError(), "exc_info is the tuple that sys.exc_info() returns")
        }
        if response.hasBegun {
            // The head is out: the application's own exception ends the request.
            let parts = (0..<3).map { index -> PyObject? in
                let part = py_PyTuple_GetItem(excInfo, index)
                if part == py__Py_NoneStruct() { return nil }
                py_Py_IncRef(part)
                return part
            }
            py_PyErr_Restore(parts[0], parts[1], parts[2])
            if py_PyErr_Occurred() == nil { raise(py_PyExc_RuntimeError(), "the headers have been sent already") }
            return nil
        }
    } else if response.isStarted {
        return raise(
            py_PyExc_AssertionError(),
            "start_response() was called a second time; after an error it takes exc_info as well"
        )
    }
    response.isStarted = true
    guard response.head.set(status: status, headers: headers) else { return nil }
    // To log lets other threads run: whoever calls this from one of those may find another request here afterwards.
    let write = call.writeCallable()
    if let name = response.head.leftOut { call.log.noteLeftOutField(name) }
    return write
}

let writeCall: Call = { handle, arguments, _ in
    guard let call = Handle.call(handle) else {
        return raise(py_PyExc_RuntimeError(), "write() was called after its request was over")
    }
    var given = CallArguments(arguments, nil)
    guard let data = given.take(0), given.isComplete,
        py_type(data) == py_PyBytes_Type() || py_PyType_IsSubtype(py_type(data), py_PyBytes_Type()) != 0
    else { return raise(py_PyExc_TypeError(), "write() takes bytes") }
    guard call.response.head.isComplete else {
        return raise(py_PyExc_AssertionError(), "write() was called before start_response() had succeeded")
    }
    guard call.response.send(written: data) else { return nil }
    return none()
}
