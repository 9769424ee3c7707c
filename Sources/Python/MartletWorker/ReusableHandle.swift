internal import CMartletWorker

/// A callable that a thread makes once and gives to one request after the other, unless an application has kept it.
struct ReusableHandle {
    private let type: PyObject
    private var object: PyObject?

    init(_ type: PyObject) {
        self.type = type
    }

    /// A new reference to the callable, for the request that the call has now; nil with a Python exception set.
    mutating func reference(for call: WSGICall) -> PyObject? {
        if let object, !py_is_shared(object) {
            Handle.renew(object, epoch: call.slot.epoch)
        } else {
            if let object { py_Py_DecRef(object) }
            object = Handle.make(type, call: call)
        }
        py_Py_IncRef(object)
        return object
    }
}
