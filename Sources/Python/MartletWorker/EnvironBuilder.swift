internal import CMartletWorker
internal import MartletBytes

/// Builds environ: a copy of the prototype with what is different for this request (PEP 3333 "environ Variables").
struct EnvironBuilder {
    private let worker: Worker
    private let log: CallLog
    private var scratch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: Self.headLimit)
    /// The largest head, in bytes.
    private static let headLimit = 65_536
    private var method = CachedText()
    private var query = CachedText()
    private var target = CachedText()
    private var path = CachedText()
    private var serverName = CachedText()
    private var serverPort = CachedText()
    private var remoteAddress = CachedText()
    private var remotePort = CachedText()
    private var contentLength = CachedText()
    private var slot: UnsafeMutablePointer<martlet_slot>
    private var area: UnsafeMutablePointer<UInt8>
    private var environ: PyObject? = nil
    private var isBroken = false
    /// Which known headers came already, as bits.
    private var seen = [UInt64](repeating: 0, count: HeaderKeys.capacity / 64)

    init(worker: Worker, log: CallLog) {
        self.worker = worker
        self.log = log
        slot = worker.region.slot(0)
        area = worker.region.headArea(0)
    }

    /// A new dict; nil with a Python exception set.
    mutating func build(for call: WSGICall) -> PyObject? {
        slot = call.slot.shared
        area = worker.region.headArea(call.slot.index)
        isBroken = false
        let method = method.object(for: bytes(slot.pointee.method))
        let target = target.object(for: bytes(slot.pointee.target))
        let identifier = makeIdentifier()
        // It has the references.
        log.subject.set(method: method, target: target, identifier: identifier)
        guard let copy = py_PyDict_Copy(worker.prototype) else { return nil }
        environ = copy
        let names = worker.names
        share(names.requestMethod, method)
        set(names.pathInfo, path.object(for: decoded(slot.pointee.path)))
        if slot.pointee.mount.end > slot.pointee.mount.start {
            set(names.scriptName, latin1(decoded(slot.pointee.mount)))
        }
        if slot.pointee.query.end > slot.pointee.query.start {
            set(names.queryString, query.object(for: bytes(slot.pointee.query)))
        }
        share(names.requestURI, target)
        share(names.rawURI, target)
        set(names.serverName, serverName.object(for: bytes(slot.pointee.server_name)))
        set(names.serverPort, serverPort.object(for: bytes(slot.pointee.server_port)))
        set(names.remoteAddress, remoteAddress.object(for: bytes(slot.pointee.remote_address)))
        set(names.remotePort, remotePort.object(for: bytes(slot.pointee.remote_port)))
        share(names.requestIdentifier, identifier)
        let flags = slot.pointee.flags
        if flags & UInt32(MARTLET_REQUEST_HTTP10.rawValue) != 0 {
            share(names.serverProtocol, names.http10)
        } else {
            if flags & UInt32(MARTLET_REQUEST_HTTP2.rawValue) != 0 { share(names.serverProtocol, names.http2) }
            set(names.earlyHints, call.earlyHintsCallable())
            if flags & UInt32(MARTLET_REQUEST_UPGRADE.rawValue) != 0 {
                set(names.werkzeugSocket, UpgradePair.makeSocket(for: call))
            }
        }
        if flags & UInt32(MARTLET_REQUEST_HTTPS.rawValue) != 0 { addEncryption() }
        if slot.pointee.remote_user.end > slot.pointee.remote_user.start {
            set(names.remoteUser, latin1(bytes(slot.pointee.remote_user)))
        }
        if flags & UInt32(MARTLET_REQUEST_BODY.rawValue) != 0 {
            set(names.input, Handle.make(worker.types.input, call: call))
            if slot.pointee.content_length >= 0 {
                let digits = Array(String(slot.pointee.content_length).utf8)
                set(names.contentLength, digits.withUnsafeBufferPointer { contentLength.object(for: $0) })
            }
        }
        addHeaders()
        // RFC 9112 section 3.2.2: the absolute form takes the place of Host.
        if slot.pointee.authority.end > slot.pointee.authority.start {
            set(names.host, latin1(bytes(slot.pointee.authority)))
        }
        guard !isBroken else {
            py_Py_DecRef(copy)
            return nil
        }
        return copy
    }

    /// As Apache's mod_ssl names it.
    private mutating func addEncryption() {
        let names = worker.names
        share(names.urlScheme, names.https)
        share(names.httpsFlag, names.on)
        guard slot.pointee.client_certificate.end > slot.pointee.client_certificate.start else { return }
        share(names.clientVerify, names.success)
        set(names.clientSubject, latin1(bytes(slot.pointee.client_subject)))
        set(names.clientCertificate, latin1(bytes(slot.pointee.client_certificate)))
    }

    private mutating func addHeaders() {
        let count = Int(slot.pointee.field_count)
        guard count > 0 else { return }
        for index in seen.indices { seen[index] = 0 }
        let fields = UnsafeRawPointer(area + Int(slot.pointee.fields)).assumingMemoryBound(to: martlet_field.self)
        var hasUnderscored = false
        for index in 0..<count {
            let (name, value) = line(fields[index])
            if !add(name, value) { hasUnderscored = true }
        }
        guard hasUnderscored else { return }
        for index in 0..<count {
            let (name, value) = line(fields[index])
            if name.contains(UInt8(ascii: "_")) { addUnderscored(name, value) }
        }
    }

    private func line(_ field: martlet_field) -> (name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        (
            UnsafeBufferPointer(start: area + Int(field.name_start), count: Int(field.name_end - field.name_start)),
            UnsafeBufferPointer(start: area + Int(field.value_start), count: Int(field.value_end - field.value_start))
        )
    }

    /// - Returns: false where the line has to wait for those with a hyphen.
    private mutating func add(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        if let index = worker.keys.index(of: name) {
            let role = worker.keys.role(index)
            if role == .dropped { return true }
            if role == .underscored { return false }
            let bit: UInt64 = 1 << UInt64(index % 64)
            if seen[index / 64] & bit != 0 {
                join(worker.keys.key(index), role, value)
            } else {
                seen[index / 64] |= bit
                set(worker.keys.key(index), worker.keys.value(index, value))
            }
            return true
        }
        guard let key = worker.keys.make(name) else {
            isBroken = true
            return true
        }
        defer { py_Py_DecRef(key.key) }
        if key.role == .underscored { return false }
        if key.role != .dropped {
            if py_PyDict_GetItemWithError(environ, key.key) != nil {
                join(key.key, key.role, value)
            } else {
                set(key.key, latin1(value))
            }
        }
        return true
    }

    /// Never takes the place of a line with a hyphen, nor adds to one: those are what a proxy in front sets.
    private mutating func addUnderscored(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        guard let key = worker.keys.make(name) else {
            isBroken = true
            return
        }
        defer { py_Py_DecRef(key.key) }
        if key.role == .underscored, py_PyDict_GetItemWithError(environ, key.key) == nil { set(key.key, latin1(value)) }
    }

    /// Several lines of one name are one value (RFC 9110 section 5.3; cookies RFC 9113 section 8.2.3).
    private mutating func join(_ key: PyObject, _ role: HeaderKeys.Role, _ value: UnsafeBufferPointer<UInt8>) {
        let separator: [UInt8] = role == .cookie ? [UInt8(ascii: ";"), 0x20] : [UInt8(ascii: ",")]
        let rest = separator + value
        guard let former = py_PyDict_GetItemWithError(environ, key), let tail = rest.withUnsafeBufferPointer(latin1)
        else {
            isBroken = true
            return
        }
        set(key, py_PyUnicode_Concat(former, tail))
        py_Py_DecRef(tail)
    }

    /// Sets a key and takes over the reference to the value.
    private mutating func set(_ key: PyObject, _ value: PyObject?) {
        guard let value, py_PyDict_SetItem(environ, key, value) == 0 else {
            isBroken = true
            return
        }
        py_Py_DecRef(value)
    }

    private mutating func share(_ key: PyObject, _ value: PyObject?) {
        guard let value else {
            isBroken = true
            return
        }
        if py_PyDict_SetItem(environ, key, value) != 0 { isBroken = true }
    }

    private func bytes(_ span: martlet_span) -> UnsafeBufferPointer<UInt8> {
        let end = min(Int(span.end), MARTLET_HEAD_CAPACITY)
        let start = min(Int(span.start), end)
        return UnsafeBufferPointer(start: area + start, count: end - start)
    }

    /// The bytes with %-escapes decoded; what is no escape stays as it is.
    private func decoded(_ span: martlet_span) -> UnsafeBufferPointer<UInt8> {
        let source = bytes(span)
        guard source.contains(UInt8(ascii: "%")), source.count <= scratch.count else { return source }
        let count = PercentEncoding.decode(UnsafeRawBufferPointer(source), into: UnsafeMutableRawBufferPointer(scratch))
        return UnsafeBufferPointer(rebasing: scratch[..<count])
    }

    /// The request's id as the server's log writes it.
    private func makeIdentifier() -> PyObject? {
        RequestID(connection: slot.pointee.connection_number, sequence: slot.pointee.sequence).withText { latin1($0) }
    }
}
