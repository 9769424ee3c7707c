internal import CMartletWorker
internal import Glibc

// `wsgi.input`: read, readline, readlines and iteration with the meaning of Python's files, and a simulated end of file at
// the end of the body (PEP 3333, "Input and Error Streams").

func inputMethods() -> UnsafeMutablePointer<py_method> {
    let methods = UnsafeMutablePointer<py_method>.allocate(capacity: 4)
    methods[0] = py_method(
        name: cString("read"),
        function: inputRead,
        flags: Int32(PY_METH_VARARGS),
        doc: cString("read(size=-1)")
    )
    methods[1] = py_method(
        name: cString("readline"),
        function: inputReadLine,
        flags: Int32(PY_METH_VARARGS),
        doc: cString("readline(size=-1)")
    )
    methods[2] = py_method(
        name: cString("readlines"),
        function: inputReadLines,
        flags: Int32(PY_METH_VARARGS),
        doc: cString("readlines(hint=-1)")
    )
    methods[3] = py_method(name: nil, function: nil, flags: 0, doc: nil)
    return methods
}

private let inputRead: py_function = { handle, arguments in
    guard let limit = size(arguments) else { return nil }
    return read(handle, limit: limit, untilLineEnd: false)
}

private let inputReadLine: py_function = { handle, arguments in
    guard let limit = size(arguments) else { return nil }
    return read(handle, limit: limit, untilLineEnd: true)
}

private let inputReadLines: py_function = { handle, arguments in
    guard let hint = size(arguments), let list = py_PyList_New(0) else { return nil }
    var total = 0
    while total < (hint == 0 ? Int.max : hint) {
        guard let line = read(handle, limit: Int.max, untilLineEnd: true) else {
            py_Py_DecRef(list)
            return nil
        }
        let count = py_PyBytes_Size(line)
        if count > 0 { _ = py_PyList_Append(list, line) }
        py_Py_DecRef(line)
        if count <= 0 { break }
        total &+= count
    }
    return list
}

typealias Next = @convention(c) (PyObject?) -> PyObject?
let inputNext: Next = { handle in
    guard let line = read(handle, limit: Int.max, untilLineEnd: true) else { return nil }
    if py_PyBytes_Size(line) > 0 { return line }
    py_Py_DecRef(line)
    return nil
}

/// The optional size argument; None and negative numbers mean all. Nil with a Python exception set.
private func size(_ arguments: PyObject?) -> Int? {
    let count = py_PyTuple_Size(arguments)
    guard count <= 1 else {
        raise(py_PyExc_TypeError(), "this method takes at most one argument, a size in bytes")
        return nil
    }
    guard count == 1, let argument = py_PyTuple_GetItem(arguments, 0), argument != py__Py_NoneStruct() else {
        return Int.max
    }
    let number = py_PyLong_AsSsize_t(argument)
    if number == -1 && py_PyErr_Occurred() != nil { return nil }
    return number < 0 ? Int.max : number
}

/// Up to `limit` bytes, blocking until they are there or the body ends; nil with a Python exception set.
private func read(_ handle: PyObject?, limit: Int, untilLineEnd: Bool) -> PyObject? {
    guard let exchange = Handle.exchange(handle) else {
        if Handle.isEmpty(handle) { return py_PyBytes_FromStringAndSize(nil, 0) }
        return raise(py_PyExc_ValueError(), "wsgi.input was read after its request was over")
    }
    guard limit > 0 else { return py_PyBytes_FromStringAndSize(nil, 0) }
    // The usual case: all of it is in the ring already.
    var collected: [UInt8] = []
    while collected.count < limit {
        switch exchange.waitForBody() {
        case .end:
            return bytes(collected)
        case .broken:
            return raise(py_PyExc_ConnectionResetError(), "the client went away before it had sent the whole body")
        case .data:
            break
        }
        var piece = exchange.body.peek(limit - collected.count)
        var isLine = false
        if untilLineEnd, let start = piece.baseAddress, let end = memchr(start, 10, piece.count) {
            piece = UnsafeBufferPointer(rebasing: piece.prefix(UnsafeRawPointer(start).distance(to: end) + 1))
            isLine = true
        }
        let isWhole = isLine || piece.count == limit - collected.count || exchange.body.remaining == piece.count
        if collected.isEmpty && isWhole {
            let object = piece.withMemoryRebound(to: CChar.self) {
                py_PyBytes_FromStringAndSize($0.baseAddress, $0.count)
            }
            exchange.consumeBody(piece.count)
            return object
        }
        if collected.isEmpty, let remaining = exchange.body.remaining {
            collected.reserveCapacity(min(limit, remaining, 1 << 20))
        }
        collected.append(contentsOf: piece)
        exchange.consumeBody(piece.count)
        if isLine { break }
    }
    return bytes(collected)
}

private func bytes(_ array: [UInt8]) -> PyObject? {
    array.withUnsafeBytes {
        py_PyBytes_FromStringAndSize($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
}
