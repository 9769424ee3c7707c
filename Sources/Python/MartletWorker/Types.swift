internal import CMartletWorker

/// The Python types of this library. Every object of them is a handle: a pointer to the thread's call, and the epoch of
/// the request that it was made for. A handle that outlives its request is harmless: its epoch no longer fits.
struct Types {
    let startResponse: PyObject
    let write: PyObject
    let input: PyObject
    let earlyHints: PyObject
    let connect: PyObject
    /// What a read of `wsgi.input` raises where the client has not sent the whole body, and `write` where it takes no more.
    let incompleteBody: PyObject
    let clientGone: PyObject
    /// `io.UnsupportedOperation`, of a body that can be read once only.
    let unsupported: PyObject

    /// Nil where Python has set an exception.
    init?() {
        guard
            let startResponse = Self.make(
                "martlet.StartResponse",
                doc: "The start_response callable of one request (PEP 3333).",
                [(PY_TP_CALL, unsafeBitCast(startResponseCall, to: UnsafeMutableRawPointer.self))]
            ),
            let write = Self.make(
                "martlet.Write",
                doc: "The write callable that start_response returns (PEP 3333).",
                [(PY_TP_CALL, unsafeBitCast(writeCall, to: UnsafeMutableRawPointer.self))]
            ),
            let input = Self.make(
                "martlet.Input",
                doc: "The body of one request, wsgi.input (PEP 3333).",
                [
                    (PY_TP_ITER, unsafeBitCast(iterateSelf, to: UnsafeMutableRawPointer.self)),
                    (PY_TP_ITERNEXT, unsafeBitCast(inputNext, to: UnsafeMutableRawPointer.self)),
                    (PY_TP_METHODS, UnsafeMutableRawPointer(inputMethods())),
                ]
            )
        else { return nil }
        guard
            let earlyHints = Self.make(
                "martlet.EarlyHints",
                doc: "Sends 103 Early Hints before the response of one request (RFC 8297).",
                [(PY_TP_CALL, unsafeBitCast(earlyHintsCall, to: UnsafeMutableRawPointer.self))]
            ),
            let connect = Self.make(
                "martlet.Connect",
                doc: "Makes the socket pair of one request and returns the application's end.",
                [(PY_TP_CALL, unsafeBitCast(connectCall, to: UnsafeMutableRawPointer.self))]
            )
        else { return nil }
        guard let io = py_PyImport_ImportModule("io"),
            let unsupported = py_PyObject_GetAttr(io, intern("UnsupportedOperation"))
        else { return nil }
        self.unsupported = unsupported
        guard
            let incompleteBody = py_PyErr_NewException("martlet.IncompleteBody", py_PyExc_ConnectionResetError(), nil),
            let clientGone = py_PyErr_NewException("martlet.ClientGone", py_PyExc_BrokenPipeError(), nil)
        else { return nil }
        self.incompleteBody = incompleteBody
        self.clientGone = clientGone
        self.earlyHints = earlyHints
        self.connect = connect
        self.startResponse = startResponse
        self.write = write
        self.input = input
    }

    private static func make(
        _ name: StaticString,
        doc: StaticString,
        _ functions: [(Int, UnsafeMutableRawPointer)]
    ) -> PyObject? {
        let slots = UnsafeMutablePointer<py_type_slot>.allocate(capacity: functions.count + 3)
        for (index, (slot, function)) in functions.enumerated() {
            slots[index] = py_type_slot(slot: Int32(slot), function: function)
        }
        slots[functions.count] = py_type_slot(
            slot: Int32(PY_TP_DEALLOC),
            function: unsafeBitCast(deallocateHandle, to: UnsafeMutableRawPointer.self)
        )
        slots[functions.count + 1] = py_type_slot(
            slot: Int32(PY_TP_DOC),
            function: UnsafeMutableRawPointer(mutating: cString(doc))
        )
        slots[functions.count + 2] = py_type_slot(slot: 0, function: nil)
        let spec = UnsafeMutablePointer<py_type_spec>.allocate(capacity: 1)
        spec.initialize(
            to: py_type_spec(
                name: cString(name),
                basicsize: Int32(Handle.size),
                itemsize: 0,
                flags: UInt32(PY_TPFLAGS_DEFAULT),
                slots: slots
            )
        )
        return py_PyType_FromSpec(spec)
    }
}

private typealias Deallocate = @convention(c) (PyObject?) -> Void
private let deallocateHandle: Deallocate = { object in
    guard let object else { return }
    let type = py_type(object)
    py_PyObject_Free(object)
    py_Py_DecRef(type)
}

private typealias Unary = @convention(c) (PyObject?) -> PyObject?
private let iterateSelf: Unary = { object in py_PyObject_SelfIter(object) }

/// The memory of a handle, behind the head that every Python object has.
enum Handle {
    private static let contextOffset = 16
    private static let epochOffset = 24
    static let size = 32

    /// A handle of the request that the call has now; nil with a Python exception set.
    static func make(_ type: PyObject, call: WSGICall) -> PyObject? {
        guard let object = py_PyType_GenericAlloc(type, 0) else { return nil }
        object.storeBytes(
            of: Unmanaged.passUnretained(call).toOpaque(),
            toByteOffset: contextOffset,
            as: UnsafeMutableRawPointer.self
        )
        renew(object, epoch: call.slot.epoch)
        return object
    }

    /// A handle that belongs to no request: the input of those that have no body.
    static func makeEmpty(_ type: PyObject) -> PyObject? {
        guard let object = py_PyType_GenericAlloc(type, 0) else { return nil }
        object.storeBytes(of: nil, toByteOffset: contextOffset, as: UnsafeMutableRawPointer?.self)
        return object
    }

    static func isEmpty(_ object: PyObject?) -> Bool {
        guard let object else { return false }
        return object.load(fromByteOffset: contextOffset, as: UnsafeMutableRawPointer?.self) == nil
    }

    static func renew(_ object: PyObject, epoch: UInt64) {
        object.storeBytes(of: epoch, toByteOffset: epochOffset, as: UInt64.self)
    }

    /// The call that a handle belongs to, where its request is still the current one.
    static func call(_ object: PyObject?) -> WSGICall? {
        guard
            let object,
            let context = object.load(fromByteOffset: contextOffset, as: UnsafeMutableRawPointer?.self)
        else { return nil }
        let call = Unmanaged<WSGICall>.fromOpaque(context).takeUnretainedValue()
        let epoch = object.load(fromByteOffset: epochOffset, as: UInt64.self)
        return epoch == call.slot.epoch && !martlet_is_forked() ? call : nil
    }
}
