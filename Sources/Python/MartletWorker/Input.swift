internal import CMartletWorker
internal import Glibc

// `wsgi.input`: read, readline, readlines and iteration with the meaning of Python's files, and a simulated end of file at
// the end of the body (PEP 3333, "Input and Error Streams").

func inputMethods() -> UnsafeMutablePointer<py_method> {
    let all: [(StaticString, py_function, Int, StaticString)] = [
        ("read", inputRead, PY_METH_VARARGS, "read(size=-1)"),
        ("readline", inputReadLine, PY_METH_VARARGS, "readline(size=-1)"),
        ("readlines", inputReadLines, PY_METH_VARARGS, "readlines(hint=-1)"),
        ("seek", inputSeek, PY_METH_VARARGS, "seek(offset, whence=0)"),
        ("tell", inputTell, PY_METH_NOARGS, "tell()"),
        ("seekable", inputSeekable, PY_METH_NOARGS, "seekable()"),
        ("readable", inputReadable, PY_METH_NOARGS, "readable()"),
    ]
    let methods = UnsafeMutablePointer<py_method>.allocate(capacity: all.count + 1)
    for (index, (name, function, flags, text)) in all.enumerated() {
        methods[index] = py_method(name: cString(name), function: function, flags: Int32(flags), doc: cString(text))
    }
    methods[all.count] = py_method(name: nil, function: nil, flags: 0, doc: nil)
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
    guard let call = Handle.call(handle) else {
        if Handle.isEmpty(handle) { return py_PyBytes_FromStringAndSize(nil, 0) }
        return raiseOver()
    }
    guard limit > 0 else { return py_PyBytes_FromStringAndSize(nil, 0) }
    let isLarge = !untilLineEnd && call.body.isLargeInFile(limit)
    guard let hasData = waitForData(call, untilFileIsHere: isLarge) else { return nil }
    guard hasData else { return py_PyBytes_FromStringAndSize(nil, 0) }
    if isLarge, let part = call.body.reserve(limit) { return readPart(part) }
    // The usual case: all of it is in memory already.
    let (piece, isLine) = nextPiece(call, limit, untilLineEnd)
    let remaining = call.body.remaining
    if isLine || piece.count == limit || remaining == piece.count {
        let object = piece.withMemoryRebound(to: CChar.self) {
            py_PyBytes_FromStringAndSize($0.baseAddress, $0.count)
        }
        if object != nil { call.input.consume(piece.count) }
        return object
    }
    if !untilLineEnd, let remaining { return readExactly(call, min(limit, remaining)) }
    return readInPieces(call, limit, untilLineEnd)
}

/// Whether there is something to read; nil with a Python exception set. It is there until the GIL is released.
///
/// - Parameter untilFileIsHere: where the body is in a file, that is enough.
private func waitForData(_ call: WSGICall, untilFileIsHere: Bool = false) -> Bool? {
    switch call.input.wait(untilFileIsHere: untilFileIsHere) {
    case .data: return true
    case .end: return false
    case .failed: break
    case .over:
        raise(py_PyExc_ValueError(), "wsgi.input was read after its request was over, or its answer complete")
    case .unreadable(let number): raiseUnreadable(number)
    case .broken(.unreadable):
        raise(py_PyExc_OSError(), RequestBodyReader.Break.unreadable.text)
    case .broken(let reason):
        call.input.lastBreak = reason
        raise(call.worker.types.incompleteBody, reason.text)
    }
    return nil
}

private func nextPiece(
    _ call: WSGICall,
    _ limit: Int,
    _ untilLineEnd: Bool
) -> (UnsafeBufferPointer<UInt8>, isLine: Bool) {
    let piece = call.body.peek(limit)
    guard untilLineEnd, let start = piece.baseAddress, let end = memchr(start, 10, piece.count) else {
        return (piece, false)
    }
    return (UnsafeBufferPointer(rebasing: piece.prefix(UnsafeRawPointer(start).distance(to: end) + 1)), true)
}

/// Reads into the object that the application gets: a large body is in memory once.
private func readExactly(_ call: WSGICall, _ count: Int) -> PyObject? {
    guard let object = py_PyBytes_FromStringAndSize(nil, count), let target = py_PyBytes_AsString(object) else {
        return nil
    }
    var done = 0
    while done < count {
        guard let hasData = waitForData(call) else {
            py_Py_DecRef(object)
            return nil
        }
        guard hasData else { break }
        let piece = call.body.peek(count - done)
        guard piece.count > 0, let source = piece.baseAddress else { break }
        memcpy(target + done, source, piece.count)
        done += piece.count
        call.input.consume(piece.count)
    }
    if done == count { return object }
    // Another thread of the application has read some of it.
    defer { py_Py_DecRef(object) }
    return py_PyBytes_FromStringAndSize(target, done)
}

/// Reads a part of the file into the object that the application gets. Little is read with the GIL, where it is in memory: others
/// would not have run for longer than it takes to let them.
private func readPart(_ part: RequestBodyReader.Part) -> PyObject? {
    guard let object = py_PyBytes_FromStringAndSize(nil, part.count), let target = py_PyBytes_AsString(object) else {
        return nil
    }
    var done = part.count <= cachedBytes ? part.file.readCached(part.count, at: part.start, into: target) : 0
    if done < part.count {
        let state = py_PyEval_SaveThread()
        done += part.file.read(part.count - done, at: part.start + done, into: target + done)
        py_PyEval_RestoreThread(state)
    }
    if done == part.count { return object }
    py_Py_DecRef(object)
    return raiseUnreadable(EIO)
}

/// Copied in less than 0.1 ms.
private let cachedBytes = 262_144

@discardableResult
private func raiseUnreadable(_ number: Int32) -> PyObject? {
    raise(py_PyExc_OSError(), "the file with the request's body cannot be read: \(String(cString: strerror(number)))")
}

@discardableResult
private func raiseOver() -> PyObject? {
    raise(
        py_PyExc_ValueError(),
        "wsgi.input was read after its request was over, or in a process that was forked during it"
    )
}

/// Where the length is not known before, or a line does not stand in one piece.
private func readInPieces(_ call: WSGICall, _ limit: Int, _ untilLineEnd: Bool) -> PyObject? {
    var collected: [UInt8] = []
    while collected.count < limit {
        guard let hasData = waitForData(call) else { return nil }
        guard hasData else { break }
        let (piece, isLine) = nextPiece(call, limit - collected.count, untilLineEnd)
        collected.append(contentsOf: piece)
        call.input.consume(piece.count)
        if isLine { break }
    }
    return collected.withUnsafeBytes {
        py_PyBytes_FromStringAndSize($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
}

// MARK: - Positions

private let inputSeek: py_function = { handle, arguments in
    let count = py_PyTuple_Size(arguments)
    guard (1...2).contains(count) else { return raise(py_PyExc_TypeError(), "seek takes an offset, and whence or not") }
    let offset = py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 0))
    let whence = count == 2 ? py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 1)) : Int(SEEK_SET)
    guard py_PyErr_Occurred() == nil else { return nil }
    guard let body = seekable(handle) else { return nil }
    let base: Int
    switch whence {
    case Int(SEEK_SET):
        base = 0
        if offset < 0 { return raise(py_PyExc_ValueError(), "negative seek value \(offset)") }
    case Int(SEEK_CUR): base = body.position
    case Int(SEEK_END): base = body.length
    default: return raise(py_PyExc_ValueError(), "invalid whence (\(whence), should be 0, 1 or 2)")
    }
    let (sum, isTooMuch) = base.addingReportingOverflow(offset)
    let position = isTooMuch ? Int.max : max(0, sum)
    body.seek(position)
    return py_PyLong_FromLongLong(Int64(position))
}

private let inputTell: py_function = { handle, _ in
    guard let body = seekable(handle) else { return nil }
    return py_PyLong_FromLongLong(Int64(body.position))
}

private let inputSeekable: py_function = { handle, _ in
    if Handle.isEmpty(handle) { return py_PyBool_FromLong(1) }
    guard let call = Handle.call(handle) else { return raiseOver() }
    return py_PyBool_FromLong(call.body.isWhole ? 1 : 0)
}

private let inputReadable: py_function = { handle, _ in
    Handle.isEmpty(handle) || Handle.call(handle) != nil ? py_PyBool_FromLong(1) : raiseOver()
}

/// A body that any part of can be read; nil with a Python exception set.
private func seekable(_ handle: PyObject?) -> (position: Int, length: Int, seek: (Int) -> Void)? {
    // One for all requests without a body, and so it stays where it is.
    if Handle.isEmpty(handle) { return (0, 0, { _ in }) }
    guard let call = Handle.call(handle) else {
        raiseOver()
        return nil
    }
    guard call.body.isWhole else {
        raise(
            call.worker.types.unsupported,
            "this application takes its request bodies as they come (--request-buffering off): they can be read once, in order"
        )
        return nil
    }
    return (call.body.position, call.body.length, call.body.seek)
}
