internal import CMartletWorker
internal import Glibc
internal import MartletGateway
internal import NIOCore

extension Slot {
    /// Writes a request into the slot: the raw head, the table of its fields, the facts of the connection, and its body or
    /// the beginning of it.
    ///
    /// - Returns: false where it has no room, which the limit of a head rules out.
    func write(_ request: Request, body: TakenBody, for exchange: any Exchange) -> Bool {
        isInUse = true
        isAbandoned = false
        isLost = false
        isWithdrawn = false
        hasBrokenRules = false
        end = nil
        bodyError = nil
        takesInAhead = false
        isWriting = false
        isWatched = false
        verdict = nil
        interruptedTick = nil
        isStackLogged = false
        responseConsumed = 0
        self.exchange = exchange
        isAnswered = false
        let shared = shared
        guard var flags = writeHead(request, shared) else { return false }
        isHead = flags & UInt32(MARTLET_REQUEST_HEAD.rawValue) != 0
        writeBody(body, shared, &flags)
        if request.wantsUpgrade, body.length == 0 {
            flags |= UInt32(MARTLET_REQUEST_UPGRADE.rawValue)
        }
        shared.pointee.flags = flags
        shared.pointee.cancelled = 0
        shared.pointee.body_written = bodyWritten
        shared.pointee.response_consumed = 0
        shared.pointee.response_phase = 0
        shared.pointee.status = 0
        shared.pointee.reason_length = 0
        shared.pointee.block_length = 0
        shared.pointee.response_length = -1
        shared.pointee.response_written = 0
        shared.pointee.body_consumed = 0
        shared.pointee.body_wanted = 0
        shared.pointee.waiting = 0
        shared.pointee.handovers = 0
        return true
    }

    /// - Returns: what is known of the request by its head, as flags; nil where the area is too small for it.
    private func writeHead(_ request: Request, _ shared: UnsafeMutablePointer<martlet_slot>) -> UInt32? {
        let head = request.head
        let area = headArea
        let texts = request.connection.texts
        let table = (head.count + 7) & ~7
        let count = head.fields.count
        var offset = table + count * MemoryLayout<martlet_field>.size
        // The bytes, the table of the fields, the texts: MARTLET_HEAD_CAPACITY says why all of it fits.
        let textBytes =
            texts.serverName.count + texts.serverPort.count + texts.remoteAddress.count + texts.remotePort.count
        guard head.count <= head.bytes.count, offset + textBytes <= MARTLET_HEAD_CAPACITY else { return nil }
        if let bytes = head.bytes.baseAddress { area.copyMemory(from: bytes, byteCount: head.count) }
        head.fields.withUnsafeBytes {
            if let base = $0.baseAddress, $0.count == offset - table {
                (area + table).copyMemory(from: base, byteCount: $0.count)
            }
        }
        shared.pointee.fields = UInt32(truncatingIfNeeded: table)
        shared.pointee.field_count = UInt32(truncatingIfNeeded: count)
        shared.pointee.method = Self.span(head.method)
        shared.pointee.target = Self.span(head.target)
        shared.pointee.query = head.query.map(Self.span) ?? martlet_span(start: 0, end: 0)
        // Of an absolute-form target the authority stands in the target; else it is the Host field's, which is there anyway.
        let isAbsolute = head.authority.map { $0.start > head.target.start && $0.end <= head.target.end } ?? false
        shared.pointee.authority = isAbsolute ? head.authority.map(Self.span) ?? martlet_span() : martlet_span()
        let path = Self.span(head.path)
        let split = min(path.end, path.start + UInt32(truncatingIfNeeded: request.mountBytes.count))
        shared.pointee.mount = martlet_span(start: path.start, end: split)
        shared.pointee.path = martlet_span(start: split, end: path.end)

        shared.pointee.server_name = Self.add(texts.serverName, to: area, at: &offset)
        shared.pointee.server_port = Self.add(texts.serverPort, to: area, at: &offset)
        shared.pointee.remote_address = Self.add(texts.remoteAddress, to: area, at: &offset)
        shared.pointee.remote_port = Self.add(texts.remotePort, to: area, at: &offset)
        (shared.pointee.client_subject, shared.pointee.client_certificate) = Self.add(
            request.connection.tls?.clientCertificate,
            to: area,
            at: &offset
        )
        let user = request.storage[RemoteUser.self].map { Array($0.utf8) } ?? []
        shared.pointee.remote_user =
            offset + user.count <= MARTLET_HEAD_CAPACITY ? Self.add(user, to: area, at: &offset) : martlet_span()
        shared.pointee.connection_number = request.connection.number
        shared.pointee.sequence = request.sequence

        var flags: UInt32 = 0
        if head.slice(head.method).elementsEqual("HEAD".utf8) { flags |= UInt32(MARTLET_REQUEST_HEAD.rawValue) }
        if head.version == .http10 { flags |= UInt32(MARTLET_REQUEST_HTTP10.rawValue) }
        if head.version == .http2 { flags |= UInt32(MARTLET_REQUEST_HTTP2.rawValue) }
        if texts.isSecure { flags |= UInt32(MARTLET_REQUEST_HTTPS.rawValue) }
        return flags
    }

    private func writeBody(
        _ body: TakenBody,
        _ shared: UnsafeMutablePointer<martlet_slot>,
        _ flags: inout UInt32
    ) {
        shared.pointee.content_length = Int64(body.length ?? -1)
        shared.pointee.body_state = UInt32(MARTLET_BODY_COMPLETE.rawValue)
        bodyWritten = 0
        unfed = nil
        isBodyOpen = false
        switch body {
        case .none:
            return
        case .bytes(let buffer):
            putWhole(buffer)
            flags |= UInt32(MARTLET_REQUEST_TAKEN.rawValue)
        case .file:
            unfed = body
            shared.pointee.body_state = UInt32(MARTLET_BODY_STORED.rawValue)
            flags |= UInt32(MARTLET_REQUEST_TAKEN.rawValue)
        case .stream(let stream, _):
            if case .bytes(let buffer) = stream.storage, buffer.readableBytes <= MARTLET_REQUEST_CAPACITY {
                putWhole(buffer)
                break
            }
            unfed = body
            if case .stream = stream.storage { isBodyOpen = true }
            shared.pointee.body_state = UInt32(MARTLET_BODY_OPEN.rawValue)
        }
        flags |= UInt32(MARTLET_REQUEST_BODY.rawValue)
    }

    private func putWhole(_ buffer: ByteBuffer) {
        let count = min(buffer.readableBytes, MARTLET_REQUEST_CAPACITY)
        buffer.withUnsafeReadableBytes { bytes in
            if let base = bytes.baseAddress { requestRing.copyMemory(from: base, byteCount: count) }
        }
        bodyWritten = UInt64(count)
    }

    /// Empty where there is no room for it, beside the largest of heads: an application then takes it for none.
    private static func add(
        _ certificate: ClientCertificate?,
        to area: UnsafeMutableRawPointer,
        at offset: inout Int
    ) -> (subject: martlet_span, certificate: martlet_span) {
        guard let certificate else { return (martlet_span(), martlet_span()) }
        let (subject, text) = (Array(certificate.subject.utf8), certificate.text)
        guard offset + subject.count + text.count <= MARTLET_HEAD_CAPACITY else {
            return (martlet_span(), martlet_span())
        }
        return (add(subject, to: area, at: &offset), add(text, to: area, at: &offset))
    }

    private static func add(_ text: [UInt8], to area: UnsafeMutableRawPointer, at offset: inout Int) -> martlet_span {
        let start = offset
        offset += text.count
        text.withUnsafeBytes {
            if let base = $0.baseAddress { (area + start).copyMemory(from: base, byteCount: $0.count) }
        }
        return martlet_span(start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: offset))
    }

    private static func span(_ span: RequestHead.Span) -> martlet_span {
        martlet_span(start: UInt32(span.start), end: UInt32(max(span.start, span.end)))
    }
}
