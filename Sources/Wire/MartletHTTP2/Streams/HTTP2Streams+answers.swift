package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// Answers: what is written for a stream. A stream that is gone takes everything and sends nothing.
extension HTTP2Streams {
    /// Whether the head of an answer is due.
    package func awaitsHead(_ id: UInt32) -> Bool {
        table.index(of: id).map { table[$0].writing == .head } ?? false
    }

    /// Writes the head of an answer. Unless it may have a trailer, a body of a known length ends by itself.
    ///
    /// - Returns: whether a body may follow.
    package mutating func writeHead(
        _ id: UInt32,
        status: Int,
        headers: Headers,
        body: ResponseFraming.Body,
        mayHaveTrailer: Bool = false,
        with encoder: inout HTTP2ResponseEncoder,
        into output: inout ByteBuffer
    ) -> Bool {
        guard let index = table.index(of: id), table[index].writing == .head else { return false }
        var request = HTTP1Message()
        request.isHead = table[index].isHead
        let framing = ResponseFraming(status: status, headers: headers, body: body, request: request)
        let hasBody = framing.delimiting != .none
        let ends = !hasBody || framing.delimiting == .length(0) && !mayHaveTrailer
        var head = HTTP2ResponseEncoder.Head(
            status: status,
            contentLength: framing.contentLength,
            endsStream: ends,
            stream: id
        )
        head.tellsTableSize = tellsTableSize()
        encoder.writeHead(head, headers, into: &output)
        if ends {
            table[index].writing = .whole
            sender.noteEnd(of: &table[index])
        } else if case .length(let length) = framing.delimiting {
            table[index].writing = .body(missing: length)
            table[index].unwritten = mayHaveTrailer ? nil : length
        } else {
            table[index].writing = .body(missing: nil)
        }
        return hasBody
    }

    /// Writes the head of an answer that is no whole one: informational, or of what becomes a tunnel (RFC 9113 section 8.5).
    package mutating func writeBareHead(
        _ id: UInt32,
        status: Int,
        headers: Headers,
        with encoder: borrowing HTTP2ResponseEncoder,
        into output: inout ByteBuffer
    ) {
        guard let index = table.index(of: id), table[index].writing == .head else { return }
        var head = HTTP2ResponseEncoder.Head(status: status, contentLength: nil, endsStream: false, stream: id)
        head.tellsTableSize = tellsTableSize()
        encoder.writeBare(head, headers, into: &output)
        if status >= 200 { table[index].writing = .body(missing: nil) }
    }

    /// A client that makes the dynamic table smaller waits to be told so in the next block.
    mutating func tellsTableSize() -> Bool {
        guard sender.peer.tableSize < 4096, !hasToldTableSize else { return false }
        hasToldTableSize = true
        return true
    }

    /// The reader of a body waits: `100 Continue`, if the client does too.
    package mutating func bodyIsWanted(
        by id: UInt32,
        with encoder: borrowing HTTP2ResponseEncoder,
        into output: inout ByteBuffer
    ) {
        usedAll(by: id, into: &output)
        guard let index = table.index(of: id), table[index].awaitsContinue else { return }
        table[index].awaitsContinue = false
        writeBareHead(id, status: 100, headers: Headers(), with: encoder, into: &output)
    }

    /// Whether a client still waits for `100 Continue`, so that a missing body is not its fault.
    package func waitsForContinue(_ id: UInt32) -> Bool {
        table.index(of: id).map { table[$0].awaitsContinue } ?? false
    }

    /// Whether a request may become a tunnel.
    package func canBecomeTunnel(_ id: UInt32) -> Bool {
        table.index(of: id).map { table[$0].isWebSocket && table[$0].writing == .head } ?? false
    }

    /// Counts bytes of a body whose length was announced.
    ///
    /// - Throws: ``BodyTooLong`` if there are more than that; none of them may be sent.
    package mutating func countBody(_ count: Int, of id: UInt32) throws(BodyTooLong) {
        guard let index = table.index(of: id), case .body(let missing?) = table[index].writing else { return }
        guard count <= missing else { throw BodyTooLong(excess: count - missing) }
        table[index].writing = .body(missing: missing &- count)
    }

    /// How many announced bytes of a body have not been written.
    package func missingBytes(of id: UInt32) -> Int {
        guard let index = table.index(of: id), case .body(let missing?) = table[index].writing else { return 0 }
        return missing
    }

    /// Writes a part of a body: it goes out now, or waits.
    package mutating func write(_ bytes: ByteBuffer, of id: UInt32, into output: inout ByteBuffer) {
        guard let index = table.index(of: id), case .body = table[index].writing, bytes.readableBytes > 0 else {
            return
        }
        if sender.write(bytes, &table[index], into: &output) { budget.earn(sent: bytes.readableBytes) }
    }

    /// Whether more of a body is welcome.
    package func isWritable(_ id: UInt32) -> Bool {
        table.index(of: id).map { table[$0].pendingBytes < BodySender.waitingBytes } ?? true
    }

    /// How many bytes of an answer, which can be had at any time, to have here: none while some wait, and of those that the windows
    /// do not let go no more than a frame, for whose sake a client can be given up.
    package func appetite(of id: UInt32) -> Int {
        guard let index = table.index(of: id), table[index].pending == nil else { return 0 }
        let room = min(table[index].window.room, sender.window.room &- sender.waiting)
        return min(max(room, FrameHead.payloadBytes), BodySender.waitingBytes)
    }

    /// The body is complete.
    package mutating func end(_ id: UInt32, trailer: Headers? = nil, into output: inout ByteBuffer) {
        guard let index = table.index(of: id), case .body = table[index].writing else { return }
        if let trailer { table[index].trailer = HTTP2ResponseEncoder.trailer(trailer) }
        table[index].writing = .whole
        sender.end(&table[index], into: &output)
    }

    /// The answer breaks off: what was written is sent, then the stream is reset.
    package mutating func abort(_ id: UInt32, into output: inout ByteBuffer) {
        guard let index = table.index(of: id), table[index].writing != .whole else { return }
        table[index].writing = .broken
        table[index].reading = .ended
        sender.end(&table[index], into: &output)
        wasReset.note(id)
    }

    /// Gives a stream up at once.
    package mutating func cancel(_ id: UInt32, _ error: HTTP2Error, into output: inout ByteBuffer) {
        if table.index(of: id) != nil { reset(id, error, &output) }
    }
}

// MARK: - Sending what waits

extension HTTP2Streams {
    /// Whether something that waits could be sent.
    package var hasSendable: Bool { sender.hasSendable }
    /// Bytes that wait for their windows or the transport.
    package var waitingBytes: Int { sender.waiting }

    /// Sends what waits as far as the windows allow, until `output` has so many bytes.
    package mutating func pump(into output: inout ByteBuffer, upTo bytes: Int) {
        let before = sender.waiting
        sender.pump(&table, into: &output, upTo: bytes)
        let sent = before &- sender.waiting
        if sent > 0 { budget.earn(sent: sent) }
    }

    /// Removes streams that are over.
    @inline(__always)
    package mutating func clearFinished(into output: inout ByteBuffer) {
        while let id = sender.nextFinished() {
            guard let index = table.index(of: id) else { continue }
            // The rest of the request's body is not wanted (RFC 9113 section 8.1).
            if table[index].reading == .ended { remove(at: index, &output) } else { reset(id, .none, &output) }
        }
    }

    /// A stream whose writer may go on.
    package mutating func nextRelieved() -> UInt32? { sender.nextRelieved() }

    /// Time has passed: gives budget back, and gives up streams that have waited for their client for too long.
    ///
    /// - Parameters:
    ///   - sending: for how many ticks a stream's window may keep its answer waiting.
    ///   - discarding: for how many a body may go on that nobody reads.
    /// - Returns: the streams that were reset.
    package mutating func ticked(sending: Int, discarding: Int, into output: inout ByteBuffer) -> [UInt32] {
        budget.earn(FloodBudget.perSecond)
        var overdue: [UInt32] = []
        for index in table.indices {
            let isDiscarding = table[index].reading == .discarding && table[index].writing == .whole
            guard table[index].pendingBytes > 0 || isDiscarding else { continue }
            table[index].waited &+= 1
            if table[index].waited > (table[index].pendingBytes > 0 ? sending : discarding) {
                overdue.append(table[index].id)
            }
        }
        for id in overdue { cancel(id, .cancel, into: &output) }
        return overdue
    }
}
