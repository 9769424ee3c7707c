internal import CMartletWorker
internal import Glibc
internal import MartletBytes
internal import MartletControl

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
    let functions: [(StaticString, py_function, Int)] = [
        ("start", unsafeBitCast(moduleStart, to: py_function.self), PY_METH_VARARGS | PY_METH_KEYWORDS),
        ("serve", moduleServe, PY_METH_VARARGS),
        ("wait", moduleWait, PY_METH_VARARGS),
        ("stop", moduleStop, PY_METH_VARARGS),
        ("watch", moduleWatch, PY_METH_VARARGS),
        ("interrupt", moduleInterrupt, PY_METH_VARARGS),
        ("working", moduleWorking, PY_METH_VARARGS),
        ("allow", moduleAllow, PY_METH_VARARGS),
    ]
    let methods = UnsafeMutablePointer<py_method>.allocate(capacity: functions.count + 1)
    for (index, (name, function, flags)) in functions.enumerated() {
        methods[index] = py_method(name: cString(name), function: function, flags: Int32(flags), doc: nil)
    }
    methods[functions.count] = py_method(name: nil, function: nil, flags: 0, doc: nil)
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

/// `start(…)`, with the keywords below: maps the shared memory. Returns the numbers that the descriptors have from now on, and before them
/// the one that Python is to write to at a signal.
///
///     memory              the descriptor of the shared memory
///     descriptors         the pipes that wake the lanes, then their handover sockets
///     lanes, places       how many lanes and worker records the memory has
///     place               which record is this worker's
///     control             the descriptor of the control socket
///     requests            how many requests this worker takes, 0 for any number and -1 for none until it is told
///     start_nanoseconds   how long its start took
///     application         the WSGI callable
///     environ             what every environ begins as a copy of
///     log                 log(type, value, traceback, request, request_id): writes an exception to the log
///     note                note(level, text, request, request_id): writes a record to the log
///     explain             explain(type, value, traceback, environ): what a page tells of an exception, or None for a quiet page
///     left                left(type, value, traceback): is told what has left a signal handler
///     file_wrapper        the type of `wsgi.file_wrapper`
///     file_part           file_part(wrapper): the descriptor and the position of its file, or None
///     upgrade_socket      the type of `werkzeug.socket`
private let moduleStart: Call = { _, _, keywords in
    let given = KeywordArguments(keywords)
    let list = given.object("descriptors")
    let (memory, lanes, places) = (given.number("memory"), given.number("lanes"), given.number("places"))
    let settings = Worker.Settings(
        place: UInt32(truncatingIfNeeded: given.number("place")),
        control: Int32(truncatingIfNeeded: given.number("control")),
        requests: given.number("requests"),
        startNanoseconds: given.number("start_nanoseconds")
    )
    guard let objects = Worker.Objects(given) else { return nil }
    let descriptors = (0..<max(0, py_PyList_Size(list))).map {
        Int32(truncatingIfNeeded: py_PyLong_AsSsize_t(py_PyList_GetItem(list, $0)))
    }
    guard py_PyErr_Occurred() == nil else { return nil }
    guard
        let region = Region(
            descriptor: Int32(truncatingIfNeeded: memory),
            lanes: UInt32(truncatingIfNeeded: lanes),
            workers: UInt32(truncatingIfNeeded: places)
        ),
        descriptors.count == 2 * Int(region.layout.lanes)
    else {
        return raise(py_PyExc_OSError(), "the memory that is shared with the server cannot be mapped")
    }
    guard let types = Types() else { return nil }
    guard let bell = SignalBell() else { return raise(py_PyExc_OSError(), "no pipe can be made") }
    martlet_watch_forks()
    // The mapping stays; the file is not needed any more.
    close(Int32(truncatingIfNeeded: memory))
    let moved = descriptors.map(martlet_out_of_the_way)
    worker = Worker(
        region: region,
        objects: objects,
        bell: bell,
        types: types,
        descriptors: moved,
        settings: settings
    )
    guard let result = py_PyList_New(0) else { return nil }
    for descriptor in [bell.writer, bell.reader] + moved {
        guard let number = py_PyLong_FromLongLong(Int64(descriptor)) else { return nil }
        _ = py_PyList_Append(result, number)
        py_Py_DecRef(number)
    }
    return result
}

extension Worker.Objects {
    /// Nil with a Python exception set.
    fileprivate init?(_ given: KeywordArguments) {
        func kept(_ name: StaticString) -> PyObject? {
            let object = given.object(name)
            py_Py_IncRef(object)
            return object
        }
        guard let application = kept("application"), let environ = kept("environ"), let log = kept("log"),
            let note = kept("note"), let explain = kept("explain"), let left = kept("left"),
            let fileWrapper = kept("file_wrapper"),
            let filePart = kept("file_part"),
            let upgradeSocket = kept("upgrade_socket")
        else { return nil }
        self.init(
            application: application,
            environ: environ,
            log: log,
            note: note,
            explain: explain,
            left: left,
            fileWrapper: fileWrapper,
            filePart: filePart,
            upgradeSocket: upgradeSocket
        )
    }
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

/// `wait(control)`: waits for a message of the server and returns it; `stop` as well when this worker is stopping, an empty one at SIGINT,
/// None when the server has hung up. On the main thread signal handlers of Python run meanwhile.
private let moduleWait: py_function = { _, arguments in
    guard let worker else { return raise(py_PyExc_RuntimeError(), "the worker has not been started") }
    let control = Int32(truncatingIfNeeded: py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, 0)))
    guard py_PyErr_Occurred() == nil else { return nil }
    while !worker.isStopping {
        var command = [UInt8](repeating: 0, count: ControlMessage.Sender.server.limit)
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
        if isInterrupt { return bytes([]) }
        if isOver { return none() }
        guard count > 0 else { continue }
        return bytes(command[..<count])
    }
    return bytes(WorkerCommand.stop.bytes[...])
}

/// `interrupt(thread, slot, use, exception)`: raises an exception in a thread that still works on that request.
private let moduleInterrupt: py_function = { _, arguments in
    guard let worker else { return raise(py_PyExc_RuntimeError(), "the worker has not been started") }
    func number(_ index: Int) -> Int { py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, index)) }
    let (thread, slot, use) = (number(0), number(1), number(2))
    let exception = py_PyTuple_GetItem(arguments, 3)
    guard py_PyErr_Occurred() == nil else { return nil }
    // The GIL is held: the thread cannot come to its next request before this is done.
    guard worker.isWorking(thread: thread, slot: slot, use: use) else { return none() }
    worker.calls[thread]?.slot.timeLimit.interrupt(with: exception)
    return none()
}

/// `working(thread, slot, use)`: whether the thread still works on that request.
private let moduleWorking: py_function = { _, arguments in
    func number(_ index: Int) -> Int { py_PyLong_AsSsize_t(py_PyTuple_GetItem(arguments, index)) }
    let isWorking = worker?.isWorking(thread: number(0), slot: number(1), use: number(2)) ?? false
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

/// `allow(requests)`: the worker takes so many requests more: its successor could not start.
private let moduleAllow: py_function = { _, arguments in
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
