internal import CMartletWorker
internal import Glibc
internal import MartletBytes

/// A `PyObject *` that is not NULL.
typealias PyObject = UnsafeMutableRawPointer

// The module that the worker's bootstrap imports from this library. It is entered through the stable ABI alone, so that
// one build serves every CPython that has a GIL.

/// Called by Python's import system.
@_cdecl("PyInit__martlet")
public func initialiseModule() -> UnsafeMutableRawPointer? {
    if let missing = martlet_python_load() {
        let text = "martlet: this Python lacks \(String(cString: missing)); CPython 3.9 or newer is needed.\n"
        StandardError.write(text)
        return nil
    }
    let methods = UnsafeMutablePointer<py_method>.allocate(capacity: 9)
    methods[0] = py_method(name: cString("start"), function: moduleStart, flags: Int32(PY_METH_VARARGS), doc: nil)
    methods[1] = py_method(name: cString("serve"), function: moduleServe, flags: Int32(PY_METH_VARARGS), doc: nil)
    methods[2] = py_method(name: cString("wait"), function: moduleWait, flags: Int32(PY_METH_VARARGS), doc: nil)
    methods[3] = py_method(name: cString("stop"), function: moduleStop, flags: Int32(PY_METH_VARARGS), doc: nil)
    methods[4] = py_method(name: cString("watch"), function: moduleWatch, flags: Int32(PY_METH_VARARGS), doc: nil)
    methods[5] = py_method(
        name: cString("interrupt"),
        function: moduleInterrupt,
        flags: Int32(PY_METH_VARARGS),
        doc: nil
    )
    methods[6] = py_method(name: cString("working"), function: moduleWorking, flags: Int32(PY_METH_VARARGS), doc: nil)
    methods[7] = py_method(name: cString("more"), function: moduleMore, flags: Int32(PY_METH_VARARGS), doc: nil)
    methods[8] = py_method(name: nil, function: nil, flags: 0, doc: nil)
    let definition = UnsafeMutablePointer<py_module_def>.allocate(capacity: 1)
    UnsafeMutableRawPointer(definition).initializeMemory(
        as: UInt8.self,
        repeating: 0,
        count: MemoryLayout<py_module_def>.size
    )
    definition.pointee.base.refcount = 1
    definition.pointee.name = cString("_martlet")
    definition.pointee.size = -1
    definition.pointee.methods = methods
    return py_PyModule_Create2(definition, Int32(PY_ABI_VERSION))
}

/// A C string that lives as long as the process.
func cString(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// The one worker of this process, from `start` on.
nonisolated(unsafe) private var worker: Worker?

/// `start(memory, lanes, workers, index, application, prototype, log, descriptors, control, limit, nanoseconds, left)`: maps the
/// shared memory. The descriptors are the pipes that wake the lanes, then their passages; `limit` is how many requests this worker takes, 0 for any
/// number and -1 for none until it is told, and `nanoseconds` how long its start took; `left(type, value, traceback)` is told what has left a signal handler.
/// Returns the numbers that the descriptors have from now on, and before them the one that Python is to write to at a signal.
private let moduleStart: py_function = { _, arguments in
    guard let arguments, py_PyTuple_Size(arguments) == 12 else {
        return raise(py_PyExc_TypeError(), "start takes 12 arguments")
    }
    func number(_ index: Int) -> Int { py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, index)) }
    func object(_ index: Int) -> PyObject? {
        let object = py_PyTuple_GetItem(arguments, index)
        py_Py_IncRef(object)
        return object
    }
    let list = py_PyTuple_GetItem(arguments, 7)
    let descriptors = (0..<max(0, py_PyList_Size(list))).map { Int32(py_PyLong_AsSsize_t(py_PyList_GetItem(list, $0))) }
    guard py_PyErr_Occurred() == nil, let application = object(4), let prototype = object(5), let log = object(6),
        let left = object(11)
    else {
        return nil
    }
    guard
        let region = Region(descriptor: Int32(number(0)), lanes: UInt32(number(1)), workers: UInt32(number(2))),
        descriptors.count == 2 * Int(region.layout.lanes)
    else {
        return raise(py_PyExc_OSError(), "the memory that is shared with the server cannot be mapped")
    }
    guard let types = Types() else { return nil }
    guard let bell = SignalBell() else { return raise(py_PyExc_OSError(), "no pipe can be made") }
    martlet_watch_forks()
    // The mapping stays; the file is not needed any more.
    close(Int32(number(0)))
    let moved = descriptors.map(martlet_out_of_the_way)
    worker = Worker(
        region: region,
        index: UInt32(number(3)),
        application: application,
        prototype: prototype,
        log: log,
        left: left,
        bell: bell,
        types: types,
        laneDescriptors: Array(moved.prefix(moved.count / 2)),
        passages: Array(moved.suffix(moved.count / 2)),
        control: Int32(truncatingIfNeeded: number(8)),
        limit: RequestLimit(number(9), startNanoseconds: number(10))
    )
    guard let result = py_PyList_New(0) else { return nil }
    for descriptor in [bell.writer, bell.reader] + moved {
        guard let number = py_PyLong_FromLongLong(Int64(descriptor)) else { return nil }
        _ = py_PyList_Append(result, number)
        py_Py_DecRef(number)
    }
    return result
}

/// `serve(thread, isMain)`: takes requests until the worker stops. On the main thread signal handlers of Python run meanwhile.
private let moduleServe: py_function = { _, arguments in
    guard let worker, let arguments else { return raise(py_PyExc_RuntimeError(), "the worker has not been started") }
    let thread = py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 0))
    let isMain = py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 1)) != 0
    guard py_PyErr_Occurred() == nil else { return nil }
    WorkerThread(worker: worker, thread: UInt32(truncatingIfNeeded: thread), isMain: isMain).run()
    return none()
}

/// `wait(control)`: waits for a command of the server and returns it; "S" as well when this worker is stopping, "I" at SIGINT, None when
/// the server has hung up. On the main thread signal handlers of Python run meanwhile.
private let moduleWait: py_function = { _, arguments in
    guard let worker else { return raise(py_PyExc_RuntimeError(), "the worker has not been started") }
    let control = Int32(truncatingIfNeeded: py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 0)))
    guard py_PyErr_Occurred() == nil else { return nil }
    while !worker.isStopping {
        var command = [UInt8](repeating: 0, count: 256)
        var entries = [
            pollfd(fd: control, events: Int16(POLLIN), revents: 0),
            pollfd(fd: worker.bell.reader, events: Int16(POLLIN), revents: 0),
        ]
        let state = py_PyEval_SaveThread()
        let isAnything = poll(&entries, 2, signalMilliseconds) > 0
        let isRung = isAnything && entries[1].revents != 0
        let isThere = isAnything && !isRung && entries[0].revents != 0
        let count = isThere ? recv(control, &command, command.count, Int32(MSG_DONTWAIT)) : -1
        let isOver = isThere && count <= 0 && !(count < 0 && (errno == EINTR || errno == EAGAIN))
        py_PyEval_RestoreThread(state)
        let isInterrupt = isRung && worker.hearBell()
        worker.runSignalHandlers()
        if isInterrupt { return bytes(Array("I".utf8)[...]) }
        if isOver { return none() }
        guard count > 0 else { continue }
        return bytes(command[..<count])
    }
    return bytes(Array("S".utf8)[...])
}

/// `interrupt(thread, ident, slot, generation, exception)`: raises an exception in a thread that still works on that request.
private let moduleInterrupt: py_function = { _, arguments in
    guard let worker else { return raise(py_PyExc_RuntimeError(), "the worker has not been started") }
    func number(_ index: Int) -> Int { py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, index)) }
    let (thread, ident, slot, generation) = (number(0), number(1), number(2), number(3))
    let exception = py_PyTuple_GetItem(arguments, 4)
    guard py_PyErr_Occurred() == nil else { return nil }
    // The GIL is held: the thread cannot come to its next request before this is done.
    guard worker.isWorking(thread: thread, slot: slot, generation: generation) else { return none() }
    worker.exchanges[thread]?.isInterrupted = true
    _ = py_PyThreadState_SetAsyncExc(UInt(bitPattern: ident), exception)
    return none()
}

/// `working(thread, slot, generation)`: whether the thread still works on that request.
private let moduleWorking: py_function = { _, arguments in
    func number(_ index: Int) -> Int { py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, index)) }
    let isWorking = worker?.isWorking(thread: number(0), slot: number(1), generation: number(2)) ?? false
    guard py_PyErr_Occurred() == nil else { return nil }
    return py_PyLong_FromLongLong(isWorking ? 1 : 0)
}

/// `watch(control, server)`: from now on this process ends when the server, a process id, does, whatever its threads are doing. Returns the number
/// that the control descriptor has from now on.
private let moduleWatch: py_function = { _, arguments in
    let control = Int32(truncatingIfNeeded: py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 0)))
    let server = Int32(truncatingIfNeeded: py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 1)))
    guard py_PyErr_Occurred() == nil else { return nil }
    let moved = martlet_out_of_the_way(control)
    martlet_watch_server(moved, server)
    return py_PyLong_FromLongLong(Int64(moved))
}

/// `more(requests)`: the worker takes so many requests more: its successor could not start.
private let moduleMore: py_function = { _, arguments in
    guard let worker else { return raise(py_PyExc_RuntimeError(), "the worker has not been started") }
    let requests = py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 0))
    guard py_PyErr_Occurred() == nil else { return nil }
    worker.limit = RequestLimit(requests, startNanoseconds: worker.limit.startNanoseconds)
    worker.wakeAll()
    return none()
}

/// `stop()`: lets the threads end after the request that each has.
private let moduleStop: py_function = { _, _ in
    // A child that the application forked has the parent's shared memory: it must not stop the parent.
    if !martlet_is_forked() { worker?.stop() }
    return none()
}

/// An application may take the bell from us, and a signal that comes in the moment before a wait begins is then handled after it. So
/// no wait of the main thread is longer than this, in milliseconds; gunicorn's workers wake once a second.
let signalMilliseconds: Int32 = 5000

private func bytes(_ text: ArraySlice<UInt8>) -> PyObject? {
    text.withUnsafeBytes {
        py_PyBytes_FromStringAndSize($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
}

/// A new reference to None.
func none() -> PyObject? {
    let none = py__Py_NoneStruct()
    py_Py_IncRef(none)
    return none
}

/// Sets a Python exception; returns NULL, as a function that fails does.
@discardableResult
func raise(_ type: PyObject, _ text: String) -> PyObject? {
    text.withCString { py_PyErr_SetString(type, $0) }
    return nil
}
