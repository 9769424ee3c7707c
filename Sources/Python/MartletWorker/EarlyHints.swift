internal import CMartletWorker

/// `wsgi.early_hints`: 103 Early Hints before the response (RFC 8297).
struct EarlyHints {
    let slot: HeldSlot
    let handover: Handover

    /// - Returns: false with a Python exception set.
    func send(_ headers: PyObject) -> Bool {
        var hints = ResponseHead()
        guard hints.setHints(headers) else { return false }
        guard hints.bytes.count <= MARTLET_HANDOVER_TEXT else {
            raise(py_PyExc_ValueError(), "the headers of an early hint are larger than 16 KB")
            return false
        }
        // A hint that is too late, or finds no room, is no loss.
        guard slot.isOpen, !slot.output.hasBegun, !hints.bytes.isEmpty else { return true }
        if handover.send(MARTLET_HANDOVER_HINTS, text: hints.bytes[...]) == 0 { slot.signal() }
        return true
    }
}

let earlyHintsCall: Call = { handle, arguments, _ in
    guard let call = Handle.call(handle) else {
        return raise(py_PyExc_RuntimeError(), "wsgi.early_hints was called after its request was over")
    }
    guard py_PyTuple_Size(arguments) == 1, let headers = py_PyTuple_GetItem(arguments, 0) else {
        return raise(py_PyExc_TypeError(), "wsgi.early_hints takes one argument, a list of (name, value) tuples")
    }
    return call.earlyHints.send(headers) ? none() : nil
}
