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
    guard let hasData = waitForData(exchange) else { return nil }
    guard hasData else { return py_PyBytes_FromStringAndSize(nil, 0) }
    // The usual case: all of it is in the ring already.
    let (piece, isLine) = nextPiece(exchange, limit, untilLineEnd)
    let remaining = exchange.body.remaining
    if isLine || piece.count == limit || remaining == piece.count {
        let object = piece.withMemoryRebound(to: CChar.self) {
            py_PyBytes_FromStringAndSize($0.baseAddress, $0.count)
        }
        if object != nil { exchange.consumeBody(piece.count) }
        return object
    }
    if !untilLineEnd, let remaining { return readExactly(exchange, min(limit, remaining)) }
    return readInPieces(exchange, limit, untilLineEnd)
}

/// Whether there is something to read; nil with a Python exception set. It is there until the GIL is released.
private func waitForData(_ exchange: Exchange) -> Bool? {
    switch exchange.waitForBody() {
    case .data: return true
    case .end: return false
    case .failed: break
    case .over:
        raise(py_PyExc_ValueError(), "wsgi.input was read after its request was over, or its answer complete")
    case .broken(.unreadable):
        raise(py_PyExc_OSError(), RequestBodyReader.Break.unreadable.text)
    case .broken(let reason):
        exchange.bodyBreak = reason
        raise(exchange.worker.types.incompleteBody, reason.text)
    }
    return nil
}

private func nextPiece(
    _ exchange: Exchange,
    _ limit: Int,
    _ untilLineEnd: Bool
) -> (UnsafeBufferPointer<UInt8>, isLine: Bool) {
    let piece = exchange.body.peek(limit)
    guard untilLineEnd, let start = piece.baseAddress, let end = memchr(start, 10, piece.count) else {
        return (piece, false)
    }
    return (UnsafeBufferPointer(rebasing: piece.prefix(UnsafeRawPointer(start).distance(to: end) + 1)), true)
}

/// Reads into the object that the application gets: a large body is in memory once.
private func readExactly(_ exchange: Exchange, _ count: Int) -> PyObject? {
    guard let object = py_PyBytes_FromStringAndSize(nil, count), let target = py_PyBytes_AsString(object) else {
        return nil
    }
    var done = 0
    while done < count {
        guard let hasData = waitForData(exchange) else {
            py_Py_DecRef(object)
            return nil
        }
        guard hasData else { break }
        let piece = exchange.body.peek(count - done)
        guard piece.count > 0, let source = piece.baseAddress else { break }
        memcpy(target + done, source, piece.count)
        done += piece.count
        exchange.consumeBody(piece.count)
    }
    if done == count { return object }
    // Another thread of the application has read some of it.
    defer { py_Py_DecRef(object) }
    return py_PyBytes_FromStringAndSize(target, done)
}

/// Where the length is not known before, or a line does not stand in one piece.
private func readInPieces(_ exchange: Exchange, _ limit: Int, _ untilLineEnd: Bool) -> PyObject? {
    var collected: [UInt8] = []
    while collected.count < limit {
        guard let hasData = waitForData(exchange) else { return nil }
        guard hasData else { break }
        let (piece, isLine) = nextPiece(exchange, limit - collected.count, untilLineEnd)
        collected.append(contentsOf: piece)
        exchange.consumeBody(piece.count)
        if isLine { break }
    }
    return collected.withUnsafeBytes {
        py_PyBytes_FromStringAndSize($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
}
