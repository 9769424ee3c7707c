internal import CMartletWorker
internal import MartletBytes
internal import MartletPages

/// What a client gets in the place of the answer of an application that has failed.
struct FailureAnswer {
    let format: ErrorFormat
    let body: [UInt8]

    /// The largest page, in bytes: with its head it has to fit into the ring, since nobody waits for room.
    private static let limit = 100_000

    /// - Parameter records: what is known, in development (``ErrorPage/read(records:)``).
    init(format: ErrorFormat, request: String, records: String?) {
        self.format = format
        let quiet = ErrorPage(status: 500, title: "Internal Server Error", request: request)
        var page = quiet
        if let records {
            page.read(records: records)
            page.remark =
                "This page explains so much because the server reloads the application (--reload), which is for development."
        }
        let whole = Array(page.rendered(as: format).utf8)
        body = whole.count <= Self.limit ? whole : Array(quiet.rendered(as: format).utf8)
    }

    /// The field lines of the answer.
    var fields: String {
        var fields = "Content-Type: \(format.contentType)\r\nVary: Accept\r\nCache-Control: no-store\r\n"
        if format == .html { fields += "Content-Security-Policy: \(HTMLPage.policy)\r\n" }
        return fields
    }
}

extension WSGICall {
    /// The answer in the place of the application's, in the form that the client likes. While the slot is the request's; Python has no
    /// exception set.
    func failureAnswer(to exception: PythonException) -> FailureAnswer {
        guard let environ = environ.build(for: self) else {
            py_PyErr_Clear()
            return FailureAnswer(format: .text, request: identifier, records: nil)
        }
        defer { py_Py_DecRef(environ) }
        let accept = py_PyDict_GetItemWithError(environ, worker.names.accept).flatMap(text(of:))
        var records: String?
        if let explain = worker.explain {
            if let object = exception.call(explain, environ) {
                records = text(of: object)
                py_Py_DecRef(object)
            }
            // What cannot be explained is logged all the same.
            py_PyErr_Clear()
        }
        return FailureAnswer(format: ErrorFormat(accept: accept), request: identifier, records: records)
    }

    private var identifier: String { log.subject.identifier.flatMap(text(of:)) ?? "" }

    private func text(of object: PyObject) -> String? {
        var count = 0
        guard let text = py_PyUnicode_AsUTF8AndSize(object, &count), count >= 0 else {
            py_PyErr_Clear()
            return nil
        }
        return text.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }
}
