internal import CMartletWorker
internal import Glibc
internal import MartletGateway
internal import NIOCore

extension Slot {
    /// Writes a request into the slot: the raw head, the table of its fields, and the facts of the connection.
    ///
    /// - Returns: what is left of the body to feed; nil where all of it is in the slot.
    func write(_ request: Request) -> RequestBody? {
        isInUse = true
        isAbandoned = false
        isLost = false
        loss = nil
        bodyError = nil
        verdict = nil
        interruptedTick = nil
        isStackLogged = false
        responseConsumed = 0
        let shared = shared
        var flags = writeHead(request, shared)
        let (rest, written) = writeBody(request, shared, &flags)
        if request.head.wantsUpgrade, request.minorVersion == 1, flags & UInt32(MARTLET_REQUEST_BODY.rawValue) == 0 {
            flags |= UInt32(MARTLET_REQUEST_UPGRADE.rawValue)
        }
        bodyWritten = written
        shared.pointee.flags = flags
        shared.pointee.cancelled = 0
        shared.pointee.body_written = written
        shared.pointee.response_consumed = 0
        shared.pointee.response_phase = 0
        shared.pointee.response_written = 0
        shared.pointee.body_consumed = 0
        shared.pointee.body_wanted = 0
        shared.pointee.waiting = 0
        shared.pointee.passed = 0
        return rest
    }

    /// - Returns: what is known of the request by its head, as flags.
    private func writeHead(_ request: Request, _ shared: UnsafeMutablePointer<martlet_slot>) -> UInt32 {
        let head = request.head
        let area = headArea
        // The limit of a head keeps all of this within the area: 64 KB of bytes, 8 a field, and the few texts.
        if let bytes = head.bytes.baseAddress { area.copyMemory(from: bytes, byteCount: head.count) }
        let table = (head.count + 7) & ~7
        let count = min(head.fields.count, Self.fieldLimit)
        head.fields.withUnsafeBytes {
            if let base = $0.baseAddress { (area + table).copyMemory(from: base, byteCount: min($0.count, count * 8)) }
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

        let texts = request.connection.texts
        var offset = table + count * 8
        shared.pointee.server_name = Self.add(texts.serverName, to: area, at: &offset)
        shared.pointee.server_port = Self.add(texts.serverPort, to: area, at: &offset)
        shared.pointee.remote_address = Self.add(texts.remoteAddress, to: area, at: &offset)
        shared.pointee.remote_port = Self.add(texts.remotePort, to: area, at: &offset)
        shared.pointee.connection_number = request.connection.number
        shared.pointee.sequence = request.sequence

        var flags: UInt32 = 0
        if head.slice(head.method).elementsEqual("HEAD".utf8) { flags |= UInt32(MARTLET_REQUEST_HEAD.rawValue) }
        if head.minorVersion == 0 { flags |= UInt32(MARTLET_REQUEST_HTTP10.rawValue) }
        if texts.isSecure { flags |= UInt32(MARTLET_REQUEST_HTTPS.rawValue) }
        return flags
    }

    private func writeBody(
        _ request: Request,
        _ shared: UnsafeMutablePointer<martlet_slot>,
        _ flags: inout UInt32
    ) -> (rest: RequestBody?, written: UInt64) {
        let body = UInt32(MARTLET_REQUEST_BODY.rawValue)
        shared.pointee.body_state = UInt32(MARTLET_BODY_COMPLETE.rawValue)
        shared.pointee.content_length = 0
        switch request.body.storage {
        case .none:
            // `Content-Length: 0` is passed on as it was sent.
            if request.head.framing != .none { flags |= body }
            return (nil, 0)
        case .bytes(let buffer) where buffer.readableBytes <= MARTLET_REQUEST_CAPACITY:
            flags |= body
            shared.pointee.content_length = Int64(buffer.readableBytes)
            buffer.withUnsafeReadableBytes { bytes in
                if let base = bytes.baseAddress { requestRing.copyMemory(from: base, byteCount: bytes.count) }
            }
            return (nil, UInt64(buffer.readableBytes))
        case .bytes, .stream:
            flags |= body
            shared.pointee.content_length = Int64(request.body.knownLength ?? -1)
            shared.pointee.body_state = UInt32(MARTLET_BODY_OPEN.rawValue)
            return (request.body, 0)
        }
    }

    /// More fields than the server's limit lets through.
    private static let fieldLimit = 512

    private static func add(_ text: [UInt8], to area: UnsafeMutableRawPointer, at offset: inout Int) -> martlet_span {
        let start = offset
        offset += min(text.count, 256)
        text.withUnsafeBytes {
            if let base = $0.baseAddress { (area + start).copyMemory(from: base, byteCount: offset - start) }
        }
        return martlet_span(start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: offset))
    }

    private static func span(_ span: RequestHead.Span) -> martlet_span {
        martlet_span(start: UInt32(span.start), end: UInt32(max(span.start, span.end)))
    }

    /// Feeds the body into the slot's ring as the application reads it.
    func feed(_ body: RequestBody) async {
        let use = generation
        do {
            for try await chunk in body {
                var rest = chunk
                while rest.readableBytes > 0 {
                    guard isInUse, generation == use, !isFinished else { return }
                    let consumed = martlet_load64(&shared.pointee.body_consumed)
                    guard consumed <= bodyWritten, bodyWritten - consumed < UInt64(MARTLET_REQUEST_CAPACITY) else {
                        await nextRoom()
                        continue
                    }
                    let room = MARTLET_REQUEST_CAPACITY - Int(bodyWritten - consumed)
                    let position = Int(bodyWritten & UInt64(MARTLET_REQUEST_CAPACITY - 1))
                    let count = min(rest.readableBytes, room, MARTLET_REQUEST_CAPACITY - position)
                    rest.readWithUnsafeReadableBytes { bytes in
                        if let base = bytes.baseAddress {
                            (requestRing + position).copyMemory(from: base, byteCount: count)
                        }
                        return count
                    }
                    bodyWritten += UInt64(count)
                    martlet_store64(&shared.pointee.body_written, bodyWritten)
                    wakeWorker()
                }
            }
            guard isInUse, generation == use else { return }
            endBody(MARTLET_BODY_COMPLETE)
        } catch {
            guard isInUse, generation == use else { return }
            // What the application makes of a body that broke off does not matter where the server has an answer of its own.
            if phase == 0 { bodyError = error }
            endBody(MARTLET_BODY_GONE)
            sign()
        }
    }

    private func endBody(_ state: martlet_body_state) {
        martlet_store32(&shared.pointee.body_state, UInt32(state.rawValue))
        wakeWorker()
    }
}
