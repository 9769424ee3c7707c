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
/// 5. What has been received is given back to the client's window when it has been used: ``used(_:by:into:)``.
package struct HTTP2Machine: ~Copyable, Sendable {
    package enum Event: Sendable {
        /// Nothing to do before more bytes arrive.
        case needsMore
        /// A request; its head is in the ``RequestHead`` that was passed in.
        case request(UInt32, HTTP2Message, HTTP1Body)
        /// A request that has to be answered with an error; its head may be incomplete.
        case refused(UInt32, RequestFault)
        case data(UInt32, ByteBuffer)
        case bodyEnd(UInt32)
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

    /// A DATA frame of which a part is still to come.
    struct DataFrame: Sendable {
        let stream: UInt32
        var content: Int
        var padding: Int
        let ends: Bool
    }

    static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    /// The PING by which a client shows that it has read the first GOAWAY.
    private static let farewellPing: UInt64 = 0x6D61_7274_6C65_7421

    let limits: HTTP2Limits
    var reading = Reading.preface
    var table = StreamTable()
    var sender = AnswerSender()
    var budget = FloodBudget()
    var receiving: ReceiveWindow
    var wasReset = ResetStreams()
    var block: HeaderBlock
    var decoder = HeaderBlockDecoder()
    var builder: HeadBuilder
    /// The newest stream of the client.
    var lastStream: UInt32 = 0
    /// No stream after this one is served.
    var lastServed = UInt32.max
    /// The client has been told that its dynamic table is not used, or need not be.
    var hasToldTableSize = false

    package init(limits: HTTP2Limits) {
        self.limits = limits
        receiving = ReceiveWindow(limits.connectionWindow)
        block = HeaderBlock(headBytes: limits.head.headBytes)
        builder = HeadBuilder(limits: limits.head)
    }

    /// Whether requests are being answered, or answers wait to be sent.
    package var isIdle: Bool { table.count == 0 && !block.isOpen }
    /// Whether a frame or a header block has begun, so that its rest is due. For DATA there is another rule.
    package func isInFrame(_ input: ByteBuffer) -> Bool {
        !isInData && (block.isOpen || input.readableBytes > 0)
    }
    /// Whether the client has begun to speak, and so has been spoken to.
    package var hasBegun: Bool { if case .preface = reading { false } else { true } }
    package var hasRefusedRequests: Bool { lastServed != .max }
    /// Whether there may be an event without further bytes: the end of a body.
    package var isInData: Bool { if case .data = reading { true } else { false } }
    package var isEnded: Bool { if case .ended = reading { true } else { false } }

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
            switch reading {
            case .preface: event = readPreface(&input, &output)
            case .settings, .frame: event = readFrame(&input, into: head, &output)
            case .data(let frame): event = readData(frame, &input, &output)
            case .ended:
                input.clear()
                return .needsMore
            }
            if let event { return event }
        }
    }

    private mutating func readPreface(_ input: inout ByteBuffer, _ output: inout ByteBuffer) -> Event? {
        switch input.withUnsafeReadableBytes(Self.isPreface) {
        case nil: return fail(.protocol, &output)
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
    ) -> Event? {
        guard input.readableBytes >= FrameHead.size else { return .needsMore }
        let frame = input.withUnsafeReadableBytes(FrameHead.init)
        if frame.length > FrameHead.payloadBytes { return fail(.frameSize, &output) }
        if case .settings = reading {
            guard frame.type == .settings, !frame.flags.contains(.ack) else { return fail(.protocol, &output) }
        }
        if block.isOpen, frame.type != .continuation || frame.stream != block.stream { return fail(.protocol, &output) }
        if frame.type == .data { return beginData(frame, &input, &output) }
        let whole = FrameHead.size &+ frame.length
        guard input.readableBytes >= whole else { return .needsMore }
        let event = input.withUnsafeReadableBytes { bytes in
            let payload = UnsafeRawBufferPointer(rebasing: bytes[FrameHead.size..<whole])
            return handle(frame, payload, into: head, &output)
        }
        input.moveReaderIndex(forwardBy: whole)
        if case .request(let id, let message, .open) = event { return takeBody(of: id, message, &input, &output) }
        return event
    }

    @inline(__always)
    private mutating func handle(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        into head: RequestHead,
        _ output: inout ByteBuffer
    ) -> Event? {
        switch frame.type {
        case .headers: return handleHeaders(frame, payload, into: head, &output)
        case .continuation: return handleContinuation(frame, payload, into: head, &output)
        case .windowUpdate: return handleWindowUpdate(frame, payload, &output)
        case .settings: return handleSettings(frame, payload, &output)
        case .ping: return handlePing(frame, payload, &output)
        case .reset: return handleReset(frame, payload, &output)
        case .priority: return handlePriority(frame, payload, &output)
        case .priorityUpdate: return handlePriorityUpdate(frame, payload, &output)
        case .goAway:
            guard frame.stream == 0 else { return fail(.protocol, &output) }
            return payload.count >= 8 ? .farewell : fail(.frameSize, &output)
        case .pushPromise, .data: return fail(.protocol, &output)
        case nil: return spend(.frame, &output)
        }
    }
}

// MARK: - The connection's own frames

extension HTTP2Machine {
    private mutating func handleSettings(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) -> Event? {
        guard frame.stream == 0 else { return fail(.protocol, &output) }
        if frame.flags.contains(.ack) { return payload.count == 0 ? spend(.frame, &output) : fail(.frameSize, &output) }
        let before = sender.peer.initialWindow
        do throws(HTTP2Error) { try sender.peer.take(payload) } catch { return fail(error, &output) }
        reading = .frame
        let change = sender.peer.initialWindow &- before
        if change != 0 {
            for index in table.indices {
                guard table[index].window.grow(by: change) else { return fail(.flowControl, &output) }
                sender.resume(&table[index])
            }
        }
        output.writeFrameHead(length: 0, .settings, .ack, stream: 0)
        return spend(.frame, times: 1 &+ payload.count / 6, &output)
    }

    private mutating func handlePing(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) -> Event? {
        guard frame.stream == 0 else { return fail(.protocol, &output) }
        guard payload.count == 8 else { return fail(.frameSize, &output) }
        let data = payload.loadUnaligned(as: UInt64.self).bigEndian
        if frame.flags.contains(.ack) {
            return data == Self.farewellPing && lastServed == .max ? .heardFarewell : spend(.frame, &output)
        }
        output.writePing(data, isReply: true)
        return spend(.frame, &output)
    }

    private mutating func handleWindowUpdate(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) -> Event? {
        guard payload.count == 4 else { return fail(.frameSize, &output) }
        let increment = Int(payload.loadUnaligned(as: UInt32.self).bigEndian & 0x7FFF_FFFF)
        if frame.stream == 0 {
            guard increment > 0 else { return fail(.protocol, &output) }
            guard sender.window.grow(by: increment) else { return fail(.flowControl, &output) }
            return spendUpdate(&output)
        }
        guard frame.stream <= lastStream, frame.stream & 1 == 1 else { return fail(.protocol, &output) }
        guard let index = table.index(of: frame.stream) else { return spendUpdate(&output) }
        guard increment > 0 else { return reset(frame.stream, .protocol, &output) }
        guard table[index].window.grow(by: increment) else { return reset(frame.stream, .flowControl, &output) }
        sender.resume(&table[index])
        return spendUpdate(&output)
    }

    private mutating func spendUpdate(_ output: inout ByteBuffer) -> Event? {
        budget.spendUpdate(sent: sender.frames) ? nil : fail(.enhanceYourCalm, &output)
    }

    private mutating func handleReset(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) -> Event? {
        guard frame.stream & 1 == 1, frame.stream <= lastStream else { return fail(.protocol, &output) }
        guard payload.count == 4 else { return fail(.frameSize, &output) }
        guard let index = table.index(of: frame.stream) else { return spend(.frame, &output) }
        remove(at: index, &output)
        return spend(.stream, &output) ?? .lost(frame.stream)
    }

    /// RFC 7540's priorities are not used, but still checked.
    private mutating func handlePriority(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) -> Event? {
        guard frame.stream != 0 else { return fail(.protocol, &output) }
        guard payload.count == 5 else { return reset(frame.stream, .frameSize, &output) }
        guard !Self.depends(payload, on: frame.stream) else { return reset(frame.stream, .protocol, &output) }
        return spend(.frame, &output)
    }

    /// Whether a priority makes a stream depend on itself.
    static func depends(_ priority: UnsafeRawBufferPointer, on stream: UInt32) -> Bool {
        priority.count >= 4 && priority.loadUnaligned(as: UInt32.self).bigEndian & 0x7FFF_FFFF == stream
    }

    private mutating func handlePriorityUpdate(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) -> Event? {
        guard frame.stream == 0 else { return fail(.protocol, &output) }
        guard payload.count >= 4 else { return fail(.frameSize, &output) }
        let stream = payload.loadUnaligned(as: UInt32.self).bigEndian & 0x7FFF_FFFF
        guard stream & 1 == 1 else { return fail(.protocol, &output) }
        // One that is ahead of its request is not kept: the request says its priority itself.
        if let index = table.index(of: stream) {
            sender.change(&table[index], to: StreamPriority(UnsafeRawBufferPointer(rebasing: payload[4...])))
        }
        return spend(.frame, &output)
    }
}

// MARK: - Faults, and the end

extension HTTP2Machine {
    /// A fault of the connection.
    mutating func fail(_ error: HTTP2Error, _ output: inout ByteBuffer) -> Event {
        if !isEnded { output.writeGoAway(last: min(lastStream, lastServed), error) }
        reading = .ended
        return .close(error)
    }

    /// A fault of one stream.
    mutating func reset(_ id: UInt32, _ error: HTTP2Error, _ output: inout ByteBuffer) -> Event {
        output.writeReset(id, error)
        wasReset.note(id)
        if let index = table.index(of: id) { remove(at: index, &output) }
        return spend(.stream, &output) ?? .lost(id)
    }

    mutating func spend(_ cost: FloodBudget.Cost, times: Int = 1, _ output: inout ByteBuffer) -> Event? {
        budget.spend(cost, times: times) ? nil : fail(.enhanceYourCalm, &output)
    }

    /// The stream is over, for whatever reason.
    mutating func remove(at index: Int, _ output: inout ByteBuffer) {
        sender.forget(table[index])
        if let increment = receiving.use(table[index].receiving.held) { output.writeWindowUpdate(0, increment) }
        table.remove(at: index)
    }

    /// Tells the client that the server stops; its requests that are on the way are still served (RFC 9113 section 6.8).
    package mutating func sayFarewell(into output: inout ByteBuffer) {
        output.writeGoAway(last: 0x7FFF_FFFF, .none)
        output.writePing(Self.farewellPing, isReply: false)
    }

    /// Requests after those that have arrived are not served, and not answered either: the client may send them elsewhere.
    package mutating func refuseRequests(into output: inout ByteBuffer) {
        guard lastServed == .max, !isEnded else { return }
        lastServed = lastStream
        output.writeGoAway(last: lastStream, .none)
    }

    /// A PING, to which the system of a client that is gone replies with a reset.
    package func writeProbe(into output: inout ByteBuffer) { output.writePing(0, isReply: false) }
}
