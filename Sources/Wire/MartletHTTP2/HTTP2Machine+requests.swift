import MartletGateway
import MartletHTTP1
package import NIOCore

/// Requests: header blocks and DATA.
extension HTTP2Machine {
    mutating func handleHeaders(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        into head: RequestHead,
        _ output: inout ByteBuffer
    ) -> Event? {
        guard frame.stream & 1 == 1, var fragment = frame.content(of: payload) else { return fail(.protocol, &output) }
        var dependsOnItself = false
        if frame.flags.contains(.priority) {
            guard fragment.count >= 5 else { return fail(.frameSize, &output) }
            dependsOnItself = Self.depends(fragment, on: frame.stream)
            fragment = UnsafeRawBufferPointer(rebasing: fragment[5...])
        }
        if frame.flags.contains(.endHeaders) {
            return take(fragment, frame.stream, frame.flags, dependsOnItself, into: head, &output)
        }
        block.begin(frame, fragment, dependsOnItself: dependsOnItself)
        return nil
    }

    mutating func handleContinuation(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        into head: RequestHead,
        _ output: inout ByteBuffer
    ) -> Event? {
        guard block.isOpen else { return fail(.protocol, &output) }
        guard block.add(payload) else { return fail(.enhanceYourCalm, &output) }
        if let end = spend(.frame, &output) { return end }
        guard frame.flags.contains(.endHeaders) else { return nil }
        let (flags, dependsOnItself) = (block.flags, block.dependsOnItself)
        return block.end().withUnsafeBytes { take($0, frame.stream, flags, dependsOnItself, into: head, &output) }
    }

    /// A whole header block.
    @inline(__always)
    private mutating func take(
        _ bytes: UnsafeRawBufferPointer,
        _ id: UInt32,
        _ flags: FrameFlags,
        _ dependsOnItself: Bool,
        into head: RequestHead,
        _ output: inout ByteBuffer
    ) -> Event? {
        builder.reset()
        guard decoder.decode(bytes, into: &builder, head) else { return fail(.compression, &output) }
        let ends = flags.contains(.endStream)
        guard id > lastStream else { return takeTrailer(id, ends, &output) }
        lastStream = id
        if id > lastServed { return spend(.frame, &output) }
        if dependsOnItself { return reset(id, .protocol, &output) }
        guard table.count < limits.streams else {
            output.writeReset(id, .refusedStream)
            wasReset.note(id)
            return spend(.refusal, &output)
        }
        switch builder.settle(head) {
        case .malformed: return reset(id, .protocol, &output)
        case .fault(let fault):
            insert(id, HTTP2Message(), ends)
            return spend(.stream, &output) ?? .refused(id, fault)
        case .message(let message):
            if ends, let length = message.length, length > 0 { return reset(id, .protocol, &output) }
            insert(id, message, ends)
            if ends || message.isWebSocket { return .request(id, message, .none) }
            if let length = message.length, length > limits.bodyBytes {
                return .refused(id, .bodyTooLarge(limit: limits.bodyBytes))
            }
            return .request(id, message, .open(length: message.length, first: ByteBuffer()))
        }
    }

    @inline(__always)
    private mutating func insert(_ id: UInt32, _ message: HTTP2Message, _ ends: Bool) {
        table.insert(
            HTTP2Stream(
                id: id,
                reading: ends ? .ended : .open(missing: message.length),
                window: FlowWindow(sender.peer.initialWindow),
                receiving: ReceiveWindow(limits.streamWindow),
                priority: message.priority,
                isHead: message.isHead,
                awaitsContinue: message.expectsContinue && !ends,
                isWebSocket: message.isWebSocket
            )
        )
    }

    /// Fields behind a body: checked, and dropped (RFC 9110 section 6.5.1 lets a recipient do that).
    private mutating func takeTrailer(_ id: UInt32, _ ends: Bool, _ output: inout ByteBuffer) -> Event? {
        guard let index = table.index(of: id) else {
            if wasReset.contains(id) { return spend(.frame, &output) }
            return fail(id == lastStream ? .streamClosed : .protocol, &output)
        }
        if table[index].reading == .ended { return reset(id, .streamClosed, &output) }
        guard ends, builder.isTrailer else { return reset(id, .protocol, &output) }
        return endBody(index, &output)
    }
}

// MARK: - DATA

extension HTTP2Machine {
    /// The head of a DATA frame: all of it counts for the windows, padding included (RFC 9113 section 6.1).
    mutating func beginData(_ frame: FrameHead, _ input: inout ByteBuffer, _ output: inout ByteBuffer) -> Event? {
        guard frame.stream & 1 == 1, frame.stream <= lastStream else {
            return fail(.protocol, &output)
        }
        var padding = 0
        if frame.flags.contains(.padded) {
            guard frame.length > 0 else { return fail(.frameSize, &output) }
            guard let byte = input.getInteger(at: input.readerIndex &+ FrameHead.size, as: UInt8.self) else {
                return .needsMore
            }
            padding = Int(byte)
            guard padding < frame.length else { return fail(.protocol, &output) }
            input.moveReaderIndex(forwardBy: 1)
        }
        input.moveReaderIndex(forwardBy: FrameHead.size)
        let overhead = frame.flags.contains(.padded) ? padding &+ 1 : 0
        let content = frame.length &- overhead
        let ends = frame.flags.contains(.endStream)
        guard receiving.receive(frame.length) else { return fail(.flowControl, &output) }
        let data = DataFrame(stream: frame.stream, content: content, padding: padding, ends: ends)
        reading = .data(data)
        if content == 0, !ends, let end = spend(.frame, &output) { return end }
        guard let index = table.index(of: frame.stream) else {
            guard frame.stream > lastServed || wasReset.contains(frame.stream) else {
                return fail(.streamClosed, &output)
            }
            giveBack(frame.length, &output)
            return spend(.frame, &output)
        }
        guard table[index].receiving.receive(frame.length) else { return reset(frame.stream, .flowControl, &output) }
        // What is no content is used at once.
        if overhead > 0 { used(overhead, by: frame.stream, into: &output) }
        switch table[index].reading {
        case .ended: return reset(frame.stream, .streamClosed, &output)
        case .discarding: return nil
        case .open(let missing?):
            guard content <= missing, !ends || content == missing else {
                return reset(frame.stream, .protocol, &output)
            }
            table[index].reading = .open(missing: missing &- content)
        case .open(nil): break
        }
        table[index].awaitsContinue = false
        table[index].received &+= content
        if table[index].received > limits.bodyBytes, !table[index].isWebSocket {
            table[index].reading = .discarding
            return .fault(frame.stream, .bodyTooLarge(limit: limits.bodyBytes))
        }
        return nil
    }

    private mutating func giveBack(_ count: Int, _ output: inout ByteBuffer) {
        if let increment = receiving.use(count) { output.writeWindowUpdate(0, increment) }
    }

    /// The next bytes of a DATA frame.
    mutating func readData(_ frame: DataFrame, _ input: inout ByteBuffer, _ output: inout ByteBuffer) -> Event? {
        var frame = frame
        let index = table.index(of: frame.stream)
        if frame.content > 0 {
            guard input.readableBytes > 0, let part = input.readSlice(length: min(frame.content, input.readableBytes))
            else {
                return .needsMore
            }
            frame.content &-= part.readableBytes
            reading = .data(frame)
            budget.earn(received: part.readableBytes)
            // What came for a stream that is gone was given back with its head.
            guard let index else { return nil }
            table[index].waited = 0
            guard case .open = table[index].reading else {
                if let event = discard(part.readableBytes, index, &output) { return event }
                return nil
            }
            return .data(frame.stream, part)
        }
        if frame.padding > 0 {
            guard input.readableBytes > 0 else { return .needsMore }
            let count = min(frame.padding, input.readableBytes)
            input.moveReaderIndex(forwardBy: count)
            frame.padding &-= count
            reading = .data(frame)
            return nil
        }
        reading = .frame
        guard frame.ends, let index else { return nil }
        return endBody(index, &output)
    }

    /// Bytes of a body that nobody reads. The client may send what its window allows, so that one that is nearly through
    /// ends by itself; then it is told that the rest is of no use (RFC 9113 section 8.1).
    private mutating func discard(_ count: Int, _ index: Int, _ output: inout ByteBuffer) -> Event? {
        giveBack(count, &output)
        table[index].receiving.drop(count)
        let stream = table[index]
        guard stream.receiving.isFull, stream.writing == .whole, stream.pending == nil else { return nil }
        output.writeReset(stream.id, .none)
        wasReset.note(stream.id)
        remove(at: index, &output)
        return nil
    }

    private mutating func endBody(_ index: Int, _ output: inout ByteBuffer) -> Event? {
        let stream = table[index]
        if case .open(let missing?) = stream.reading, missing > 0 { return reset(stream.id, .protocol, &output) }
        table[index].reading = .ended
        if case .open = stream.reading { return .bodyEnd(stream.id) }
        if stream.writing == .whole, stream.pending == nil { remove(at: index, &output) }
        return nil
    }

    /// A small body that has come with its head, in one frame, need not be a stream of bytes.
    mutating func takeBody(
        of id: UInt32,
        _ message: HTTP2Message,
        _ input: inout ByteBuffer,
        _ output: inout ByteBuffer
    ) -> Event {
        let open = Event.request(id, message, .open(length: message.length, first: ByteBuffer()))
        guard input.readableBytes >= FrameHead.size else { return open }
        let frame = input.withUnsafeReadableBytes(FrameHead.init)
        guard frame.type == .data, frame.stream == id, frame.flags == .endStream,
            frame.length <= FrameHead.payloadBytes,
            frame.length <= limits.bodyBytes, message.length ?? frame.length == frame.length,
            input.readableBytes >= FrameHead.size &+ frame.length, let index = table.index(of: id)
        else { return open }
        guard receiving.receive(frame.length) else { return fail(.flowControl, &output) }
        input.moveReaderIndex(forwardBy: FrameHead.size)
        let body = input.readSlice(length: frame.length) ?? ByteBuffer()
        giveBack(frame.length, &output)
        budget.earn(received: frame.length)
        table[index].reading = .ended
        table[index].awaitsContinue = false
        return .request(id, message, .whole(body))
    }

    /// The bytes that a body's reader has: the client may send as many again.
    package mutating func used(_ count: Int, by id: UInt32, into output: inout ByteBuffer) {
        guard let index = table.index(of: id) else { return }
        let count = min(count, table[index].receiving.held)
        let increment = table[index].receiving.use(count)
        giveBack(count, &output)
        if let increment, table[index].reading != .ended { output.writeWindowUpdate(id, increment) }
    }

    /// All bytes that the client has sent for a stream have found their reader.
    package mutating func usedAll(by id: UInt32, into output: inout ByteBuffer) {
        guard let index = table.index(of: id) else { return }
        used(table[index].receiving.held, by: id, into: &output)
    }
}
