package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// The server's side of one HTTP/2 connection, without sockets, tasks or time: bytes and answers in, events and bytes out.
///
/// The rules:
///
/// 1. ``receive(_:into:_:)`` takes the next step over the bytes that have arrived. What the connection itself has to say
///    (acknowledgements, windows, resets) goes to the output meanwhile; what concerns a request is an event.
/// 2. A frame is looked at when all of it is there, except DATA, which is passed on as it comes.
/// 3. A stream is reset for what is wrong with one request, and its event is `lost`. What is wrong with the connection is
///    said by GOAWAY, and nothing is read after it (RFC 9113 section 5.4).
/// 4. Everything that a client makes us do for nothing costs: ``FloodBudget``.
/// 5. What has been received is given back to the client's window when it has been used: ``used(_:by:into:)`` of ``HTTP2Streams``.
package struct HTTP2Machine: ~Copyable, Sendable {
    package enum Event: Sendable {
        /// Nothing to do before more bytes arrive.
        case needsMore
        /// A request; its head is in the ``RequestHead`` that was passed in.
        case request(UInt32, HTTP2Message, HTTP1Body)
        /// A request that has to be answered with an error; its head may be incomplete.
        case refused(UInt32, RequestFault)
        case data(UInt32, ByteBuffer)
        case bodyEnd(UInt32, trailer: Headers?)
        /// The body of a request breaks a limit: tell its reader.
        case fault(UInt32, RequestFault)
        /// The stream was reset, by the client or because of it: nobody waits for an answer.
        case lost(UInt32)
        /// The client will send no further request.
        case farewell
        /// The client has read the first GOAWAY: call ``refuseRequests(into:)``.
        case heardFarewell
        /// Close the connection; GOAWAY has been written.
        case close(HTTP2Error)
    }

    enum Reading: Sendable {
        /// The client's preface (RFC 9113 section 3.4).
        case preface
        /// Its SETTINGS, which come first.
        case settings
        case frame
        case data(DataFrame)
        case ended
    }

    static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    /// The PING by which a client shows that it has read the first GOAWAY.
    private static let farewellPing: UInt64 = 0x6D61_7274_6C65_7421

    let limits: HTTP2Limits
    package var streams: HTTP2Streams
    private var reading = Reading.preface
    private var block: HeaderBlock
    private var decoder = HeaderBlockDecoder()
    private var builder: HeadBuilder

    package init(limits: HTTP2Limits) {
        self.limits = limits
        streams = HTTP2Streams(limits: limits)
        block = HeaderBlock(headBytes: limits.head.headBytes)
        builder = HeadBuilder(limits: limits.head)
    }

    /// Whether no request is being answered, and no answer waits to be sent.
    package var isIdle: Bool { streams.table.count == 0 && !block.isOpen }
    /// Whether a frame or a header block has begun, so that its rest is due. For DATA there is another rule.
    package func isInFrame(_ input: ByteBuffer) -> Bool { !isInData && (block.isOpen || input.readableBytes > 0) }
    /// Whether the client has begun to speak, and so has been spoken to.
    package var hasBegun: Bool { if case .preface = reading { false } else { true } }
    package var hasRefusedRequests: Bool { streams.lastServed != .max }
    /// Whether there may be an event without further bytes: the end of a body.
    package var isInData: Bool { if case .data = reading { true } else { false } }

    /// Whether these bytes are a client's preface, or the beginning of it; nil if they are neither.
    package static func isPreface(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        preface.withUTF8Buffer { preface in
            guard bytes.prefix(preface.count).elementsEqual(preface.prefix(bytes.count)) else { return nil }
            return bytes.count >= preface.count
        }
    }
}

// MARK: - Bytes in

extension HTTP2Machine {
    /// - Parameters:
    ///   - head: where a request's head is put; nobody else may hold it.
    ///   - output: where the connection's own frames are written.
    package mutating func receive(_ input: inout ByteBuffer, into head: RequestHead, _ output: inout ByteBuffer)
        -> Event
    {
        while true {
            let event: Event?
            do throws(HTTP2Fault) {
                switch reading {
                case .preface: event = try readPreface(&input, &output)
                case .settings, .frame: event = try readFrame(&input, into: head, &output)
                case .data(let frame): event = try readData(frame, &input, &output)
                case .ended:
                    input.clear()
                    return .needsMore
                }
            } catch {
                event = fail(error, &output)
            }
            if let event { return event }
        }
    }

    private mutating func fail(_ fault: HTTP2Fault, _ output: inout ByteBuffer) -> Event {
        switch fault {
        case .stream(let id, let error):
            streams.reset(id, error, &output)
            guard streams.budget.spend(.stream) else { return fail(.connection(.enhanceYourCalm), &output) }
            return .lost(id)
        case .connection(let error):
            output.writeGoAway(last: min(streams.last, streams.lastServed), error)
            reading = .ended
            return .close(error)
        }
    }

    private mutating func readPreface(
        _ input: inout ByteBuffer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        switch input.withUnsafeReadableBytes(Self.isPreface) {
        case nil: throw .connection(.protocol)
        case false?: return .needsMore
        case true?: break
        }
        input.moveReaderIndex(forwardBy: Self.preface.utf8CodeUnitCount)
        reading = .settings
        output.writeSettings([
            (.concurrentStreams, UInt32(clamping: limits.streams)),
            (.initialWindow, UInt32(clamping: limits.streamWindow)),
            (.headerListSize, UInt32(clamping: limits.head.headBytes)), (.enableConnectProtocol, 1), (.noPriorities, 1),
        ])
        output.writeWindowUpdate(0, limits.connectionWindow &- FlowWindow.initial)
        return nil
    }

    private mutating func readFrame(
        _ input: inout ByteBuffer,
        into head: RequestHead,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        guard input.readableBytes >= FrameHead.size else { return .needsMore }
        let frame = input.withUnsafeReadableBytes(FrameHead.init)
        if frame.length > FrameHead.payloadBytes { throw .connection(.frameSize) }
        if case .settings = reading {
            guard frame.type == .settings, !frame.flags.contains(.ack) else { throw .connection(.protocol) }
            reading = .frame
        }
        if block.isOpen, frame.type != .continuation || frame.stream != block.stream { throw .connection(.protocol) }
        if frame.type == .data { return try beginData(frame, &input, &output) }
        let whole = FrameHead.size &+ frame.length
        guard input.readableBytes >= whole else { return .needsMore }
        let event = input.withUnsafeReadableBytes { bytes in
            let payload = UnsafeRawBufferPointer(rebasing: bytes[FrameHead.size..<whole])
            do throws(HTTP2Fault) {
                return try handle(frame, payload, into: head, &output)
            } catch {
                return fail(error, &output)
            }
        }
        input.moveReaderIndex(forwardBy: whole)
        if case .request(let id, let message, .open) = event { return try takeBody(of: id, message, &input, &output) }
        return event
    }

    @inline(__always)
    private mutating func handle(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        into head: RequestHead,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        switch frame.type {
        case .headers: return try handleHeaders(frame, payload, into: head, &output)
        case .continuation: return try handleContinuation(frame, payload, into: head, &output)
        case .pushPromise, .data: throw .connection(.protocol)
        default: return try handleControl(frame, payload, &output)
        }
    }

    private mutating func handleControl(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        switch try ControlFrame(frame, payload) {
        case .settings:
            output.writeFrameHead(length: 0, .settings, .ack, stream: 0)
            try streams.take(settings: payload)
            return nil
        case .windowUpdate(let id, let increment):
            try streams.growWindow(of: id, by: increment)
            return nil
        case .reset(let id, _): return try streams.wasReset(id, &output) ? .lost(id) : nil
        case .goAway: return .farewell
        case .pong(Self.farewellPing) where !hasRefusedRequests: return .heardFarewell
        case .ping(let data): output.writePing(data, isReply: true)
        case .priorityUpdate(let id, let priority): streams.change(id, to: priority)
        case .settingsWereRead, .pong, .priority, nil: break
        }
        try streams.spend(.frame)
        return nil
    }
}

// MARK: - The end

extension HTTP2Machine {
    /// Tells the client that the server stops; its requests that are on the way are still served (RFC 9113 section 6.8).
    package mutating func sayFarewell(into output: inout ByteBuffer) {
        output.writeGoAway(last: 0x7FFF_FFFF, .none)
        output.writePing(Self.farewellPing, isReply: false)
    }

    /// Requests after those that have arrived are not served, and not answered either: the client may send them elsewhere.
    package mutating func refuseRequests(into output: inout ByteBuffer) {
        if case .ended = reading { return }
        guard !hasRefusedRequests else { return }
        streams.lastServed = streams.last
        output.writeGoAway(last: streams.last, .none)
    }

    /// A PING, to which the system of a client that is gone replies with a reset.
    package func writeProbe(into output: inout ByteBuffer) { output.writePing(0, isReply: false) }
}

// MARK: - Header blocks

extension HTTP2Machine {
    private mutating func handleHeaders(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        into head: RequestHead,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        guard frame.stream & 1 == 1, var fragment = frame.content(of: payload) else { throw .connection(.protocol) }
        var dependsOnItself = false
        if frame.flags.contains(.priority) {
            guard fragment.count >= 5 else { throw .connection(.frameSize) }
            dependsOnItself = ControlFrame.depends(fragment, on: frame.stream)
            fragment = UnsafeRawBufferPointer(rebasing: fragment[5...])
        }
        if frame.flags.contains(.endHeaders) {
            return try take(fragment, frame.stream, frame.flags, dependsOnItself, into: head, &output)
        }
        block.begin(frame, fragment, dependsOnItself: dependsOnItself)
        return nil
    }

    private mutating func handleContinuation(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        into head: RequestHead,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        guard block.isOpen else { throw .connection(.protocol) }
        guard block.add(payload) else { throw .connection(.enhanceYourCalm) }
        try streams.spend(.frame)
        guard frame.flags.contains(.endHeaders) else { return nil }
        let (flags, dependsOnItself) = (block.flags, block.dependsOnItself)
        let whole = ByteBuffer(bytes: block.end())
        return whole.withUnsafeReadableBytes { bytes in
            do throws(HTTP2Fault) {
                return try take(bytes, frame.stream, flags, dependsOnItself, into: head, &output)
            } catch {
                return fail(error, &output)
            }
        }
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
    ) throws(HTTP2Fault) -> Event? {
        builder.reset()
        guard decoder.decode(bytes, into: &builder, head) else { throw .connection(.compression) }
        let ends = flags.contains(.endStream)
        guard id > streams.last else { return try takeTrailer(id, ends, head, &output) }
        streams.last = id
        if id > streams.lastServed {
            try streams.spend(.frame)
            return nil
        }
        if dependsOnItself { throw .stream(id, .protocol) }
        guard streams.table.count < limits.streams else {
            streams.reset(id, .refusedStream, &output)
            try streams.spend(.refusal)
            return nil
        }
        switch builder.settle(head) {
        case .malformed: throw .stream(id, .protocol)
        case .fault(let fault):
            streams.insert(id, HTTP2Message(), ends: ends)
            try streams.spend(.stream)
            return .refused(id, fault)
        case .message(let message):
            if ends, let length = message.length, length > 0 { throw .stream(id, .protocol) }
            streams.insert(id, message, ends: ends)
            if ends || message.isWebSocket { return .request(id, message, .none) }
            if let length = message.length, length > limits.bodyBytes {
                return .refused(id, .bodyTooLarge(limit: limits.bodyBytes))
            }
            return .request(id, message, .open(length: message.length, first: ByteBuffer()))
        }
    }

    /// Fields behind a body: checked, and dropped (RFC 9110 section 6.5.1 lets a recipient do that).
    private mutating func takeTrailer(
        _ id: UInt32,
        _ ends: Bool,
        _ head: RequestHead,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        guard let index = streams.table.index(of: id) else {
            guard streams.wasReset.contains(id) else {
                throw .connection(id == streams.last ? .streamClosed : .protocol)
            }
            try streams.spend(.frame)
            return nil
        }
        if streams.table[index].reading == .ended { throw .stream(id, .streamClosed) }
        guard ends, builder.isTrailer else { throw .stream(id, .protocol) }
        return try streams.endBody(of: id, &output) ? .bodyEnd(id, trailer: builder.trailer(head)) : nil
    }
}

// MARK: - DATA

extension HTTP2Machine {
    private mutating func beginData(
        _ frame: FrameHead,
        _ input: inout ByteBuffer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        guard let data = try DataFrame(frame, &input) else { return .needsMore }
        reading = .data(data)
        let isTooLong = try streams.begin(data, count: frame.length, &output)
        return isTooLong ? .fault(frame.stream, .bodyTooLarge(limit: limits.bodyBytes)) : nil
    }

    /// The next bytes of a DATA frame.
    private mutating func readData(
        _ frame: DataFrame,
        _ input: inout ByteBuffer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        var frame = frame
        if frame.content > 0 {
            let count = min(frame.content, input.readableBytes)
            guard count > 0, let part = input.readSlice(length: count) else { return .needsMore }
            frame.content &-= count
            reading = .data(frame)
            return streams.receive(count, of: frame.stream, &output) ? .data(frame.stream, part) : nil
        }
        if frame.padding > 0 {
            let count = min(frame.padding, input.readableBytes)
            guard count > 0 else { return .needsMore }
            input.moveReaderIndex(forwardBy: count)
            frame.padding &-= count
            reading = .data(frame)
            return nil
        }
        reading = .frame
        guard frame.ends, try streams.endBody(of: frame.stream, &output) else { return nil }
        return .bodyEnd(frame.stream, trailer: nil)
    }

    /// A small body that has come with its head, in one frame, need not be a stream of bytes.
    private mutating func takeBody(
        of id: UInt32,
        _ message: HTTP2Message,
        _ input: inout ByteBuffer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event {
        let open = Event.request(id, message, .open(length: message.length, first: ByteBuffer()))
        guard input.readableBytes >= FrameHead.size else { return open }
        let frame = input.withUnsafeReadableBytes(FrameHead.init)
        guard frame.type == .data, frame.stream == id, frame.flags == .endStream,
            frame.length <= FrameHead.payloadBytes,
            frame.length <= limits.bodyBytes, message.length ?? frame.length == frame.length,
            input.readableBytes >= FrameHead.size &+ frame.length
        else { return open }
        input.moveReaderIndex(forwardBy: FrameHead.size)
        try streams.takeWhole(frame.length, of: id, &output)
        return .request(id, message, .whole(input.readSlice(length: frame.length) ?? ByteBuffer()))
    }
}
