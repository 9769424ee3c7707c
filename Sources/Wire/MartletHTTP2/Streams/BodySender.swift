import NIOCore

/// Sends bodies, of answers or as a client of requests, within the windows of their streams and of the connection (RFC 9113 section 5.2).
///
/// The rules:
///
/// 1. A small body goes out at once if nothing waits. Everything else waits in its stream, and ``pump(_:into:upTo:)`` sends
///    it frame by frame in the order of ``SendSchedule``.
/// 2. A stream is in the schedule exactly if something of it waits and its own window is open.
/// 3. The last frame of a stream has END_STREAM, unless a trailer follows or the answer is broken.
struct BodySender: Sendable {
    /// So much of a stream may wait before its writer has to.
    static let waitingBytes = 65_536

    let role: EndpointRole
    var window = FlowWindow()
    var peer = PeerSettings()
    private(set) var schedule = SendSchedule()
    /// Streams whose writers may go on.
    private(set) var relieved: [UInt32] = []
    /// Bytes that wait.
    private(set) var waiting = 0
    /// How many frames of DATA were sent.
    private(set) var frames = 0
    /// Streams that are over.
    private(set) var finished: [UInt32] = []

    init(role: EndpointRole) { self.role = role }

    /// Whether something could be sent.
    var hasSendable: Bool { !schedule.isEmpty && window.room > 0 }

    /// - Returns: whether it went out at once.
    @inline(__always)
    mutating func write(_ bytes: ByteBuffer, _ stream: inout HTTP2Stream, into output: inout ByteBuffer) -> Bool {
        let count = bytes.readableBytes
        if let unwritten = stream.unwritten { stream.unwritten = unwritten &- count }
        if stream.pending == nil, schedule.isEmpty, count <= FrameHead.payloadBytes,
            output.readableBytes <= Self.waitingBytes,
            count <= min(window.size, stream.window.size)
        {
            writeFrame(bytes, &stream, into: &output)
            return true
        }
        wait(bytes, &stream)
        return false
    }

    private mutating func wait(_ bytes: ByteBuffer, _ stream: inout HTTP2Stream) {
        waiting &+= bytes.readableBytes
        if stream.pending == nil { stream.pending = bytes } else { stream.pending?.writeImmutableBuffer(bytes) }
        resume(&stream)
    }

    /// The stream's window may have become larger.
    mutating func resume(_ stream: inout HTTP2Stream) {
        guard !stream.isScheduled, stream.pendingBytes > 0, stream.window.room > 0 else { return }
        stream.isScheduled = true
        schedule.add(stream.id, stream.priority)
    }

    /// All that was written of the stream is in its last state: sends the end now, or leaves it to the last frame.
    mutating func end(_ stream: inout HTTP2Stream, into output: inout ByteBuffer) {
        if stream.pending == nil { writeEnd(&stream, into: &output, hasEnded: false) }
    }

    /// Sends what the windows allow, until `output` has so many bytes, or a stream whose answer goes on has no more of it here:
    /// its writer is asked first.
    mutating func pump(_ table: inout StreamTable, into output: inout ByteBuffer, upTo bytes: Int) {
        while window.room > 0, output.readableBytes < bytes, let id = schedule.first {
            guard let index = table.index(of: id) else {
                schedule.removeFirst()
                continue
            }
            sendFrame(of: &table[index], into: &output)
            if table[index].isDry { return }
        }
    }

    private mutating func sendFrame(of stream: inout HTTP2Stream, into output: inout ByteBuffer) {
        let count = min(stream.window.room, window.room, FrameHead.payloadBytes, stream.pendingBytes)
        guard count > 0, let part = stream.pending?.readSlice(length: count) else {
            stream.isScheduled = false
            return schedule.removeFirst()
        }
        let isLast = stream.pendingBytes == 0
        let wasFull = stream.pendingBytes &+ part.readableBytes >= Self.waitingBytes
        waiting &-= part.readableBytes
        stream.waited = 0
        if isLast { stream.pending = nil }
        writeFrame(part, &stream, into: &output)
        if isLast || stream.window.room == 0 {
            stream.isScheduled = false
            schedule.removeFirst()
        } else {
            schedule.takeTurns()
        }
        if isLast || (wasFull && stream.pendingBytes < Self.waitingBytes) { relieved.append(stream.id) }
    }

    @inline(__always)
    private mutating func writeFrame(_ bytes: ByteBuffer, _ stream: inout HTTP2Stream, into output: inout ByteBuffer) {
        let count = bytes.readableBytes
        frames &+= 1
        _ = window.use(count)
        _ = stream.window.use(count)
        let isWhole = stream.pending == nil && (stream.writing == .whole || stream.unwritten == 0)
        let ends = isWhole && stream.trailer == nil
        output.writeFrameHead(length: count, .data, ends ? .endStream : [], stream: stream.id)
        output.writeImmutableBuffer(bytes)
        if isWhole {
            stream.writing = .whole
            writeEnd(&stream, into: &output, hasEnded: ends)
        } else if stream.pending == nil, stream.writing == .broken {
            writeEnd(&stream, into: &output, hasEnded: false)
        }
    }

    /// Everything of the answer is out.
    private mutating func writeEnd(_ stream: inout HTTP2Stream, into output: inout ByteBuffer, hasEnded: Bool) {
        if stream.writing == .broken {
            output.writeReset(stream.id, .internal)
            stream.reading = .ended
        } else if let trailer = stream.trailer {
            HTTP2ResponseEncoder.writeBlock(trailer, endsStream: true, stream: stream.id, into: &output)
        } else if !hasEnded {
            output.writeFrameHead(length: 0, .data, .endStream, stream: stream.id)
        }
        noteEnd(of: &stream)
    }

    /// The end was sent: that of an answer makes the rest of a request's body useless, and to that of a request the answer
    /// is still to come.
    mutating func noteEnd(of stream: inout HTTP2Stream) {
        stream.waited = 0
        if role == .client { return }
        let isRead = stream.reading == .ended
        if !isRead { stream.reading = .discarding }
        // A client that may send nothing more gives no other occasion to tell it so.
        if isRead || stream.receiving.isFull { finished.append(stream.id) }
    }

    /// The stream is gone.
    mutating func forget(_ stream: borrowing HTTP2Stream) {
        waiting &-= stream.pendingBytes
        if stream.isScheduled { schedule.remove(stream.id) }
    }

    mutating func change(_ stream: inout HTTP2Stream, to priority: StreamPriority) {
        stream.priority = priority
        if stream.isScheduled { schedule.change(stream.id, to: priority) }
    }

    mutating func nextFinished() -> UInt32? { finished.popLast() }
    mutating func nextRelieved() -> UInt32? { relieved.popLast() }
}
