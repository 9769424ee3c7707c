internal import CMartletWorker
internal import Glibc
internal import MartletGateway
internal import NIOCore

extension Slot {
    /// Writes a request into the slot: the raw head, the table of its fields, and the facts of the connection.
    ///
    /// - Returns: what is left of the body to feed; nil where all of it is in the slot.
    func write(_ request: Request, facts: ConnectionFacts) -> RequestBody? {
        let head = request.head
        isInUse = true
        isAbandoned = false
        isLost = false
        bodyError = nil
        bodyWritten = 0
        responseConsumed = 0

        var cursor = headArea
        if let bytes = head.bytes.baseAddress { cursor.copyMemory(from: bytes, byteCount: head.count) }
        // The limit of a head keeps this within the area: 64 KB of bytes, 8 a field, and the few texts below.
        let table = (head.count + 7) & ~7
        cursor = headArea + table
        let count = min(head.fields.count, 512)
        head.fields.withUnsafeBytes { cursor.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(cursor), byteCount: min($0.count, count * 8)) }
        var offset = table + count * 8
        func add(_ text: [UInt8]) -> martlet_span {
            let length = min(text.count, 256)
            text.withUnsafeBytes { if let base = $0.baseAddress { (headArea + offset).copyMemory(from: base, byteCount: length) } }
            defer { offset += length }
            return martlet_span(start: UInt32(offset), end: UInt32(offset + length))
        }
        func span(_ span: RequestHead.Span?) -> martlet_span {
            guard let span else { return martlet_span(start: 0, end: 0) }
            return martlet_span(start: UInt32(span.start), end: UInt32(max(span.start, span.end)))
        }

        shared.pointee.fields = UInt32(table)
        shared.pointee.field_count = UInt32(count)
        shared.pointee.method = span(head.method)
        shared.pointee.target = span(head.target)
        shared.pointee.query = span(head.query)
        // Of an absolute-form target the authority stands before the path; else it is the Host field's, which is there anyway.
        let isAbsolute = head.authority.map { $0.start > head.target.start && $0.end <= head.target.end } ?? false
        shared.pointee.authority = span(isAbsolute ? head.authority : nil)
        let split = UInt32(head.path.start) + UInt32(request.mountBytes.count)
        shared.pointee.mount = martlet_span(start: UInt32(head.path.start), end: split)
        shared.pointee.path = martlet_span(start: split, end: UInt32(max(head.path.start, head.path.end)))
        shared.pointee.server_name = add(facts.serverName)
        shared.pointee.server_port = add(facts.serverPort)
        shared.pointee.remote_address = add(facts.remoteAddress)
        shared.pointee.remote_port = add(facts.remotePort)
        shared.pointee.identifier = add(Array(request.id.utf8))

        var flags: UInt32 = 0
        if head.slice(head.method).elementsEqual("HEAD".utf8) { flags |= UInt32(MARTLET_REQUEST_HEAD.rawValue) }
        if head.minorVersion == 0 { flags |= UInt32(MARTLET_REQUEST_HTTP10.rawValue) }
        if facts.isSecure { flags |= UInt32(MARTLET_REQUEST_HTTPS.rawValue) }

        var rest: RequestBody?
        var state = MARTLET_BODY_COMPLETE
        switch request.body.storage {
        case .none:
            shared.pointee.content_length = 0
            // `Content-Length: 0` is passed on as it was sent.
            if head.framing != .none { flags |= UInt32(MARTLET_REQUEST_BODY.rawValue) }
        case .bytes(let buffer):
            flags |= UInt32(MARTLET_REQUEST_BODY.rawValue)
            shared.pointee.content_length = Int64(buffer.readableBytes)
            if buffer.readableBytes <= MARTLET_REQUEST_CAPACITY {
                buffer.withUnsafeReadableBytes { bytes in
                    if let base = bytes.baseAddress { requestRing.copyMemory(from: base, byteCount: bytes.count) }
                }
                bodyWritten = UInt64(buffer.readableBytes)
            } else {
                rest = request.body
                state = MARTLET_BODY_OPEN
            }
        case .stream(let stream):
            flags |= UInt32(MARTLET_REQUEST_BODY.rawValue)
            shared.pointee.content_length = Int64(stream.length ?? -1)
            rest = request.body
            state = MARTLET_BODY_OPEN
        }
        shared.pointee.flags = flags
        shared.pointee.cancelled = 0
        shared.pointee.body_written = bodyWritten
        shared.pointee.body_state = UInt32(state.rawValue)
        shared.pointee.response_consumed = 0
        shared.pointee.response_phase = 0
        shared.pointee.response_written = 0
        shared.pointee.body_consumed = 0
        shared.pointee.body_wanted = 0
        shared.pointee.waiting = 0
        return rest
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
                        if let base = bytes.baseAddress { (requestRing + position).copyMemory(from: base, byteCount: count) }
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
            bodyError = error
            endBody(MARTLET_BODY_GONE)
            sign()
        }
    }

    private func endBody(_ state: martlet_body_state) {
        martlet_store32(&shared.pointee.body_state, UInt32(state.rawValue))
        wakeWorker()
    }
}
