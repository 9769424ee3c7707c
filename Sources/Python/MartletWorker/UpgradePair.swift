internal import CMartletWorker
internal import Glibc

/// The socket pair behind `werkzeug.socket`: the application has one end, and the server carries bytes between the other one and
/// the client.
final class UpgradePair {
    private let slot: HeldSlot
    private let handover: Handover
    /// Our copy of the application's end, where it has one.
    private var copy: Int32 = -1

    init(slot: HeldSlot, handover: Handover) {
        self.slot = slot
        self.handover = handover
    }

    /// A new `werkzeug.socket`, which connects when it is used; nil with a Python exception set.
    static func makeSocket(for call: WSGICall) -> PyObject? {
        guard let connect = Handle.make(call.worker.types.connect, call: call), let arguments = py_PyTuple_New(1) else {
            return nil
        }
        defer { py_Py_DecRef(arguments) }
        _ = py_PyTuple_SetItem(arguments, 0, connect)
        return py_PyObject_Call(call.worker.upgradeSocket, arguments, nil)
    }

    /// The application's end of a new socket pair, the other one of which the server has.
    ///
    /// - Returns: -1 with a Python exception set.
    func connect() -> Int32 {
        guard slot.isOpen, !slot.output.hasBegun, copy < 0 else { return refuse(EALREADY) }
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            return refuse(errno)
        }
        defer { Glibc.close(ends[1]) }
        copy = fcntl(ends[0], F_DUPFD_CLOEXEC, 0)
        let error = copy < 0 ? errno : handover.send(MARTLET_HANDOVER_SOCKET, descriptor: ends[1])
        guard error == 0 else {
            close()
            Glibc.close(ends[0])
            return refuse(error)
        }
        slot.signal()
        return ends[0]
    }

    private func refuse(_ error: Int32) -> Int32 {
        raise(py_PyExc_OSError(), "the connection cannot be had as a socket: \(String(cString: strerror(error)))")
        return -1
    }

    /// The application has returned: whoever still has its end reads the end of the stream, and so does the server.
    func close() {
        guard copy >= 0 else { return }
        shutdown(copy, Int32(SHUT_RDWR))
        Glibc.close(copy)
        copy = -1
    }

    /// Libraries end a request whose socket they have used with one of these, for there is no answer to return.
    func isEnd(_ exception: PythonException) -> Bool {
        guard copy >= 0, let type = exception.type else { return false }
        return py_PyType_IsSubtype(type, py_PyExc_ConnectionError()) != 0 || type == py_PyExc_StopIteration()
    }
}

let connectCall: Call = { handle, _, _ in
    guard let call = Handle.call(handle) else {
        return raise(py_PyExc_OSError(), "the socket was used after its request was over")
    }
    let descriptor = call.upgrade.connect()
    return descriptor < 0 ? nil : py_PyLong_FromLongLong(Int64(descriptor))
}
