internal import CMartletWorker

// What becomes of an exception that the application did not catch.

extension Exchange {
    /// Python has an exception: it is logged, and the client gets a 500, or an aborted connection where the head is out.
    ///
    /// Where it is ours, and says that the client did not send its body or does not take its answer, the client gets a 400
    /// and the log a line.
    func fail() {
        if martlet_is_forked() { leaveFork() }
        // The time limit has no meaning for what follows; its exception would hit the log.
        isAtWork = false
        dropInterrupt()
        var type: PyObject? = nil
        var value: PyObject? = nil
        var trace: PyObject? = nil
        py_PyErr_Fetch(&type, &value, &trace)
        py_PyErr_NormalizeException(&type, &value, &trace)
        let isClients = isClientsFault(value)
        answerFailure(isClients: isClients)
        if isClients || isEndOfUpgrade(type) {
            for object in [type, value, trace] where object != nil { py_Py_DecRef(object) }
            if isClients { note("info    ", "\(bodyBreak?.text ?? "the client closed the connection"): \(subject)") }
        } else {
            logException(type, value, trace)
        }
    }

    private func answerFailure(isClients: Bool) {
        guard isOpen else { return }
        if output.hasBegun { return finish(MARTLET_RESPONSE_ABORTED) }
        if isClients { head.setBadRequest() } else { head.setServerError() }
        let text = isClients ? ResponseHead.badRequestBody : ResponseHead.serverErrorBody
        output.announce(text.count)
        let hasBegun = output.begin(with: head)
        let count = text.withUnsafeBufferPointer { output.put($0) }
        finish(hasBegun && count == text.count ? MARTLET_RESPONSE_COMPLETE : MARTLET_RESPONSE_ABORTED)
    }

    /// Whether it is an exception of `wsgi.input` or `write` about the client, or was raised because of one.
    private func isClientsFault(_ value: PyObject?) -> Bool {
        guard var current = value else { return false }
        py_Py_IncRef(current)
        defer { py_Py_DecRef(current) }
        // Chains may be circular.
        for _ in 0..<32 {
            let type = py_type(current)
            if py_PyType_IsSubtype(type, worker.types.incompleteBody) != 0
                || py_PyType_IsSubtype(type, worker.types.clientGone) != 0
            {
                return true
            }
            guard let next = py_PyException_GetCause(current) ?? py_PyException_GetContext(current) else { break }
            py_Py_DecRef(current)
            current = next
        }
        return false
    }

    private func logException(_ type: PyObject?, _ value: PyObject?, _ trace: PyObject?) {
        guard let arguments = py_PyTuple_New(5) else { return }
        _ = py_PyTuple_SetItem(arguments, 0, type ?? none())
        _ = py_PyTuple_SetItem(arguments, 1, value ?? none())
        _ = py_PyTuple_SetItem(arguments, 2, trace ?? none())
        _ = py_PyTuple_SetItem(arguments, 3, subjectLine ?? none())
        let identifier = subjectIdentifier ?? py__Py_NoneStruct()
        py_Py_IncRef(identifier)
        _ = py_PyTuple_SetItem(arguments, 4, identifier)
        if let done = py_PyObject_Call(worker.log, arguments, nil) {
            py_Py_DecRef(done)
        } else {
            py_PyErr_WriteUnraisable(worker.log)
        }
        py_Py_DecRef(arguments)
    }
}
