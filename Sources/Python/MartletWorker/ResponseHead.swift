internal import CMartletWorker
internal import MartletBytes

/// Status and field lines of a response, checked when `start_response` is called and kept as the bytes that will be sent.
struct ResponseHead {
    /// More than any browser takes; gunicorn and nginx as a proxy stop at 64 KB in the usual configuration.
    static let limit = 65_536
    /// A reason phrase in bytes: as much as nginx as a proxy reads of a whole head (`proxy_buffer_size`).
    static let reasonLimit = 8_192
    static let badRequestBody = Array(
        "400 Bad Request\n\nThe client ended its side of the connection before the request body was complete.\n".utf8
    )

    /// With ``MARTLET_STATUS_OWN`` where the application did not say it.
    private(set) var status: UInt32 = 0
    /// The reason phrase, then the field lines. Never more than ``limit``.
    private(set) var bytes: [UInt8] = []
    private(set) var reasonLength = 0
    /// What the application announced; -1 where it did not.
    private(set) var contentLength = -1
    /// Status and headers are there and were accepted.
    private(set) var isComplete = false
    /// A field that was left out because it is about the connection; nil where there is none.
    private(set) var leftOut: String?
    /// The application asks for the end of the connection.
    private var closesConnection = false

    init() {
        bytes.reserveCapacity(1024)
    }

    mutating func reset() {
        status = 0
        bytes.removeAll(keepingCapacity: true)
        reasonLength = 0
        contentLength = -1
        isComplete = false
        leftOut = nil
        closesConnection = false
    }

    /// Whether the status is one of those without a body.
    var hasNoBody: Bool { !ContentRule(status: Int(status & ~MARTLET_STATUS_OWN)).allowsContent }

    mutating func setServerError(fields: String) { setError(500, "Internal Server Error", fields) }

    mutating func setBadRequest() { setError(400, "Bad Request", "Content-Type: text/plain; charset=utf-8\r\n") }

    private mutating func setError(_ code: UInt32, _ reason: StaticString, _ fields: String) {
        reset()
        status = code | MARTLET_STATUS_OWN
        bytes.append(contentsOf: UnsafeBufferPointer(start: reason.utf8Start, count: reason.utf8CodeUnitCount))
        reasonLength = bytes.count
        bytes.append(contentsOf: fields.utf8)
        isComplete = true
    }

    /// Takes what `start_response` was given.
    ///
    /// - Returns: false with a Python exception set that says what is wrong.
    mutating func set(status object: PyObject, headers: PyObject) -> Bool {
        reset()
        guard setStatus(object), Self.isList(headers) else {
            if py_PyErr_Occurred() == nil {
                raise(py_PyExc_TypeError(), "start_response() takes the headers as a list of (name, value) tuples")
            }
            return false
        }
        guard add(headers) else { return false }
        if closesConnection { bytes.append(contentsOf: "Connection: close\r\n".utf8) }
        isComplete = true
        return true
    }

    /// Takes the fields of an early hint (RFC 8297); there is no reason.
    ///
    /// - Returns: false with a Python exception set.
    mutating func setHints(_ headers: PyObject) -> Bool {
        reset()
        guard Self.isList(headers) else {
            raise(py_PyExc_TypeError(), "wsgi.early_hints takes the headers as a list of (name, value) tuples")
            return false
        }
        guard add(headers) else { return false }
        guard let leftOut else { return true }
        raise(
            py_PyExc_ValueError(),
            "the header \(leftOut) of an early hint is about the connection, which is the server's (RFC 9110 section 7.6.1)"
        )
        return false
    }

    /// Nothing in here runs code of Python or lets the GIL go, so that what is borrowed of list and pairs stays.
    private mutating func add(_ headers: PyObject) -> Bool {
        for index in 0..<max(0, py_PyList_Size(headers)) {
            guard let pair = py_PyList_GetItem(headers, index), let (name, value) = Self.parts(of: pair) else {
                if py_PyErr_Occurred() == nil {
                    raise(py_PyExc_TypeError(), "each response header is a tuple of two str: (name, value)")
                }
                return false
            }
            guard add(name: name, value: value) else { return false }
        }
        return true
    }

    /// The two items of a tuple or, as servers of old take it too, of a list.
    private static func parts(of pair: PyObject) -> (PyObject, PyObject)? {
        let type = py_type(pair)
        if type == py_PyTuple_Type() || py_PyType_IsSubtype(type, py_PyTuple_Type()) != 0 {
            guard py_PyTuple_Size(pair) == 2, let name = py_PyTuple_GetItem(pair, 0) else { return nil }
            return py_PyTuple_GetItem(pair, 1).map { (name, $0) }
        }
        guard isList(pair), py_PyList_Size(pair) == 2, let name = py_PyList_GetItem(pair, 0) else { return nil }
        return py_PyList_GetItem(pair, 1).map { (name, $0) }
    }

    private static func isList(_ object: PyObject) -> Bool {
        py_type(object) == py_PyList_Type() || py_PyType_IsSubtype(py_type(object), py_PyList_Type()) != 0
    }

    private mutating func setStatus(_ object: PyObject) -> Bool {
        var accepted = false
        var isTooLong = false
        let isText = withLatin1(object) { text in
            isTooLong = text.count > Self.reasonLimit + 4
            guard !isTooLong, text.count >= 3, text.count == 3 || text[3] == 0x20,
                text.prefix(3).allSatisfy(ASCII.isDigit), text[0] >= 0x32,
                !text.contains(where: ASCII.isControl)
            else { return }
            status = UInt32(text[0] - 0x30) * 100 + UInt32(text[1] - 0x30) * 10 + UInt32(text[2] - 0x30)
            bytes.append(contentsOf: text.dropFirst(4))
            reasonLength = bytes.count
            accepted = true
        }
        if isTooLong {
            raise(py_PyExc_ValueError(), "the reason in the status that start_response() was given is larger than 8 KB")
        } else if isText && !accepted {
            raise(
                py_PyExc_ValueError(),
                "start_response() takes a status such as \"200 OK\": three digits from 200, a space, a reason without control "
                    + "characters"
            )
        }
        return accepted
    }

    private mutating func add(name: PyObject, value: PyObject) -> Bool {
        let start = bytes.count
        var fault: StaticString?
        var isTooLarge = false
        /// What is too large is not copied first: the memory would stay with the thread.
        func append(_ text: UnsafeBufferPointer<UInt8>) {
            isTooLarge = isTooLarge || text.count > Self.limit - min(bytes.count, Self.limit)
            if !isTooLarge { bytes.append(contentsOf: text) }
        }
        guard
            withLatin1(
                name,
                {
                    if $0.count == 0 || !$0.allSatisfy(FieldSyntax.isToken) {
                        fault = "a response header's name is not a token (RFC 9110 section 5.1): "
                    }
                    append($0)
                }
            )
        else { return false }
        let length = bytes.count - start
        bytes.append(UInt8(ascii: ":"))
        bytes.append(0x20)
        let valueStart = bytes.count
        guard
            withLatin1(
                value,
                {
                    if !$0.allSatisfy(FieldSyntax.isValue) {
                        fault = "a response header's value has a line break or another control character: "
                    }
                    append($0)
                }
            )
        else { return false }
        if isTooLarge {
            raise(py_PyExc_ValueError(), "the response headers are larger than 64 KB")
            return false
        }
        if let fault {
            let shown = String(
                decoding: bytes[start..<(start + length)].map { ASCII.isPrintable($0) ? $0 : UInt8(ascii: "?") },
                as: UTF8.self
            )
            raise(py_PyExc_ValueError(), "\(fault)\(shown)")
            return false
        }
        let role = FieldRole(name: bytes[start..<(start + length)])
        guard role.isDisjoint(with: .aboutConnection) else {
            leaveOut(from: start, length: length, value: valueStart, role)
            return true
        }
        bytes.append(13)
        bytes.append(10)
        guard bytes.count <= Self.limit else {
            raise(py_PyExc_ValueError(), "the response headers are larger than 64 KB")
            return false
        }
        return role == .contentLength ? setContentLength(bytes[valueStart..<(bytes.count - 2)]) : true
    }

    /// What is about the connection is the server's (PEP 3333, RFC 9110 section 7.6.1). Applications send it all the same, as
    /// recipes for server-sent events and views that pass an upstream's answer on do; other servers leave it out as well.
    private mutating func leaveOut(from start: Int, length: Int, value: Int, _ role: FieldRole) {
        if leftOut == nil { leftOut = String(decoding: bytes[start..<(start + length)], as: UTF8.self) }
        if role == .connection, FieldList.contains("close", in: bytes[value...]) { closesConnection = true }
        bytes.removeLast(bytes.count - start)
    }

    private mutating func setContentLength(_ digits: ArraySlice<UInt8>) -> Bool {
        guard let number = DecimalText.value(of: digits), contentLength < 0 || contentLength == number else {
            raise(py_PyExc_ValueError(), "the response's Content-Length is not one number of bytes")
            return false
        }
        contentLength = number
        return true
    }

    /// Calls `body` with a str's characters as Latin-1 bytes.
    ///
    /// - Returns: false with a Python exception set, where it is no str or has characters beyond U+00FF.
    private func withLatin1(_ object: PyObject, _ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Bool {
        guard py_type(object) == py_PyUnicode_Type() || py_PyType_IsSubtype(py_type(object), py_PyUnicode_Type()) != 0
        else {
            raise(py_PyExc_TypeError(), "start_response() takes status, header names and header values as str")
            return false
        }
        var count = 0
        if let text = py_PyUnicode_AsUTF8AndSize(object, &count), count == py_PyUnicode_GetLength(object) {
            text.withMemoryRebound(to: UInt8.self, capacity: count) {
                body(UnsafeBufferPointer(start: $0, count: count))
            }
            return true
        }
        py_PyErr_Clear()
        guard let encoded = py_PyUnicode_AsLatin1String(object) else { return false }
        defer { py_Py_DecRef(encoded) }
        guard let text = py_PyBytes_AsString(encoded) else { return false }
        count = max(0, py_PyBytes_Size(encoded))
        text.withMemoryRebound(to: UInt8.self, capacity: count) { body(UnsafeBufferPointer(start: $0, count: count)) }
        return true
    }
}
