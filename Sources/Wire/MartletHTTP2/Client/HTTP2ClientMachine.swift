package import HTTPTypes
import MartletBytes
package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// The client's side of one HTTP/2 connection, without sockets, tasks or time: bytes and requests in, events and bytes out.
///
/// The rules:
///
/// 1. ``begin(into:)`` comes first. Requests may begin with ``Event/ready``, which says how many the upstream takes at a time, and
///    as long as there is room (``hasRoom``).
/// 2. Frames, windows and what waits for them are those of the server's side: ``HTTP2Streams``, in the role of a client. What was
///    received of an answer is given back to the upstream's window when it has been used.
/// 3. A stream is over with the end of its answer. If its request has not ended by then, the upstream is told that the rest does not
///    come.
/// 4. What is wrong with one answer is that of its stream, which is reset; what is wrong with the connection ends it (RFC 9113
///    section 5.4). Nothing that an upstream makes us do for nothing is free: ``FloodBudget``.
/// 5. Which requests an upstream has not begun is known, and only that: those that it refuses, and those above the number in its
///    GOAWAY (sections 6.8 and 8.7).
package struct HTTP2ClientMachine: ~Copyable, Sendable {
    package enum Event: Sendable {
        /// Nothing to do before more bytes arrive.
        case needsMore
        /// The upstream's SETTINGS are here.
        case ready
        /// An answer ahead of the answer, such as 103.
        case informational(UInt32, HTTPResponse.Status, Headers)
        /// The head of an answer. What follows is data, if it has a body, and the end.
        case answer(UInt32, HTTP2AnswerHead, HTTP1ResponseBody)
        case data(UInt32, ByteBuffer)
        case end(UInt32, trailer: Headers?)
        /// The request gets no answer, or not the rest of it.
        case lost(UInt32, HTTP2Loss)
        /// No further request may begin; those that are not lost go on.
        case farewell
        /// Close the connection; GOAWAY has been written.
        case close(HTTP2ConnectionFault)
    }

    private enum Reading: Sendable {
        /// The upstream's SETTINGS, which come first.
        case settings
        case frame
        case data(DataFrame)
        case ended
    }

    /// nginx takes any number of them, Go 5.
    private static let informationalLimit = 16
    /// The last number that a stream can have.
    private static let lastStream: UInt32 = 0x7FFF_FFFF

    package var streams: HTTP2Streams
    private let limits: HTTP2Limits
    private var reading = Reading.settings
    private var block: HeaderBlock
    private var decoder = HeaderBlockDecoder()
    private var builder: AnswerBuilder
    private let memory = FieldMemory()
    /// An answer that has ended with its head.
    private var endedWithHead: UInt32?
    /// Streams that the upstream will not begin.
    private var notBegun: [UInt32] = []
    private var isLeaving = false

    /// - Parameter streams: how many requests at a time, whatever the upstream allows.
    package init(head: HeadLimits, streams: Int, streamWindow: Int = 262_144) {
        var limits = HTTP2Limits(head: head, bodyBytes: .max, streams: streams)
        limits.streamWindow = max(FlowWindow.initial, min(streamWindow, FlowWindow.largest))
        // An answer whose client is slow may fill its own window, but takes nothing from others.
        limits.connectionWindow = min(limits.streams &* limits.streamWindow, FlowWindow.largest)
        self.limits = limits
        self.streams = HTTP2Streams(limits: limits, role: .client)
        block = HeaderBlock(headBytes: head.headBytes)
        builder = AnswerBuilder(limits: head)
    }

    /// Whether another request may begin.
    package var hasRoom: Bool {
        if isLeaving || streams.last >= Self.lastStream - 1 { return false }
        switch reading {
        case .settings, .ended: return false
        case .frame, .data: return streams.table.count < min(limits.streams, streams.sender.peer.concurrentStreams)
        }
    }

    /// How many requests have no whole answer.
    package var count: Int { streams.table.count }
    /// Whether no further request can begin, ever.
    package var isEnding: Bool { isLeaving || streams.last >= Self.lastStream - 1 }
}

// MARK: - Requests

extension HTTP2ClientMachine {
    /// The preface and the first SETTINGS (RFC 9113 section 3.4).
    package mutating func begin(into output: inout ByteBuffer) {
        output.writeStaticString(HTTP2Machine.preface)
        output.writeSettings([
            (.enablePush, 0), (.concurrentStreams, 0), (.initialWindow, UInt32(clamping: limits.streamWindow)),
            (.headerListSize, UInt32(clamping: limits.head.headBytes)), (.noPriorities, 1),
        ])
        output.writeWindowUpdate(0, limits.connectionWindow &- FlowWindow.initial)
    }

    /// A request begins.
    ///
    /// - Parameters:
    ///   - block: of ``HTTP2RequestEncoder``.
    ///   - framing: whether a body follows, and how long it is.
    ///   - mayHaveTrailer: whether fields may follow the body; else one of a known length ends by itself.
    /// - Returns: its stream; nil without room.
    package mutating func open(
        _ block: [UInt8],
        framing: MessageFraming,
        isHead: Bool,
        mayHaveTrailer: Bool,
        into output: inout ByteBuffer
    ) -> UInt32? {
        guard hasRoom else { return nil }
        let id = streams.last == 0 ? 1 : streams.last &+ 2
        let ends = framing == .none || framing == .length(0) && !mayHaveTrailer
        let tableSize: [UInt8] = streams.tellsTableSize() ? [HTTP2ResponseEncoder.tableSize] : []
        HTTP2ResponseEncoder.writeBlock(tableSize + block, endsStream: ends, stream: id, into: &output)
        streams.last = id
        streams.table.insert(
            HTTP2Stream(
                request: id,
                isHead: isHead,
                ends: ends,
                framing: framing,
                endsItself: !mayHaveTrailer,
                window: FlowWindow(streams.sender.peer.initialWindow),
                receiving: ReceiveWindow(limits.streamWindow)
            )
        )
        // A reset of it is not for nothing.
        streams.budget.earn(FloodBudget.Cost.stream.rawValue &+ 1)
        return id
    }

    /// Whether the end of the request's body has not been written.
    package func isSendingBody(_ id: UInt32) -> Bool {
        guard let index = streams.table.index(of: id), case .body = streams.table[index].writing else { return false }
        return true
    }

    /// Whether some of the request waits for the upstream to take it.
    package func isBlocked(_ id: UInt32) -> Bool {
        streams.table.index(of: id).map { streams.table[$0].pending != nil } ?? false
    }

    /// Asks whether the upstream is still there.
    package func writeProbe(into output: inout ByteBuffer) { output.writePing(0x6D61_7274_6C65_743F, isReply: false) }

    /// So many seconds have passed.
    package mutating func passed(seconds: Int) {
        streams.budget.earn(FloodBudget.perSecond &* max(0, min(seconds, FloodBudget.whole)))
    }
}

// MARK: - Bytes in

extension HTTP2ClientMachine {
    /// Takes the next step over the bytes that have arrived.
    ///
    /// - Parameter output: where the connection's own frames are written.
    package mutating func receive(_ input: inout ByteBuffer, into output: inout ByteBuffer) -> Event {
        while true {
            if let id = endedWithHead.take() { return end(id, nil, &output) }
            if let id = notBegun.popLast() { return .lost(id, .refused) }
            let event: Event?
            do throws(HTTP2Fault) {
                switch reading {
                case .settings: event = try readFirst(&input, &output)
                case .frame: event = try readFrame(&input, &output)
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
        case .stream(let id, let error): return lose(id, .stream(error), &output)
        case .connection(let error): return close(.broken(error), error, &output)
        }
    }

    private mutating func close(_ fault: HTTP2ConnectionFault, _ error: HTTP2Error, _ output: inout ByteBuffer) -> Event
    {
        output.writeGoAway(last: 0, error)
        reading = .ended
        return .close(fault)
    }

    /// The answer of a stream is of no use.
    private mutating func lose(_ id: UInt32, _ fault: HTTP2AnswerFault, _ output: inout ByteBuffer) -> Event {
        var code = HTTP2Error.protocol
        if case .stream(let error) = fault { code = error }
        streams.reset(id, code, &output)
        guard streams.budget.spend(.stream) else { return fail(.connection(.enhanceYourCalm), &output) }
        return .lost(id, .fault(fault))
    }

    /// The end of an answer.
    private mutating func end(_ id: UInt32, _ trailer: Headers?, _ output: inout ByteBuffer) -> Event {
        if let index = streams.table.index(of: id) {
            if streams.table[index].writing == .whole, streams.table[index].pending == nil {
                streams.remove(at: index, &output)
            } else {
                streams.reset(id, .cancel, &output)
            }
        }
        return .end(id, trailer: trailer)
    }

    /// What an upstream sends first shows whether it speaks HTTP/2 at all.
    private mutating func readFirst(
        _ input: inout ByteBuffer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        let other = input.withUnsafeReadableBytes { bytes -> HTTP2ConnectionFault? in
            if bytes.count >= 5, bytes.starts(with: "HTTP/".utf8) { return .speaksHTTP1 }
            guard bytes.count >= FrameHead.size else { return nil }
            let frame = FrameHead(bytes)
            return frame.type == .settings && !frame.flags.contains(.ack) ? nil : .otherProtocol
        }
        if let other { return close(other, .protocol, &output) }
        return try readFrame(&input, &output)
    }

    private mutating func readFrame(
        _ input: inout ByteBuffer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        guard input.readableBytes >= FrameHead.size else { return .needsMore }
        let frame = input.withUnsafeReadableBytes(FrameHead.init)
        if frame.length > FrameHead.payloadBytes { throw .connection(.frameSize) }
        if block.isOpen, frame.type != .continuation || frame.stream != block.stream { throw .connection(.protocol) }
        if frame.type == .data {
            guard let data = try DataFrame(frame, &input) else { return .needsMore }
            reading = .data(data)
            _ = try streams.begin(data, count: frame.length, &output)
            return nil
        }
        let whole = FrameHead.size &+ frame.length
        guard input.readableBytes >= whole else { return .needsMore }
        let event = input.withUnsafeReadableBytes { bytes in
            let payload = UnsafeRawBufferPointer(rebasing: bytes[FrameHead.size..<whole])
            do throws(HTTP2Fault) {
                return try handle(frame, payload, &output)
            } catch {
                return fail(error, &output)
            }
        }
        input.moveReaderIndex(forwardBy: whole)
        return event
    }

    private mutating func handle(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        switch frame.type {
        case .headers: return try handleHeaders(frame, payload, &output)
        case .continuation: return try handleContinuation(frame, payload, &output)
        // Pushes were refused in the SETTINGS (RFC 9113 section 8.4).
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
            // RFC 9113 section 6.5.2: no server may enable it.
            if streams.sender.peer.enablesPush { throw .connection(.protocol) }
            guard case .settings = reading else { return nil }
            reading = .frame
            return .ready
        case .windowUpdate(let id, let increment):
            try streams.growWindow(of: id, by: increment)
            return nil
        case .reset(let id, let code): return try streams.wasReset(id, &output) ? .lost(id, HTTP2Loss(code: code)) : nil
        case .goAway(let last, _):
            try streams.spend(.frame)
            isLeaving = true
            forget(above: last, &output)
            return .farewell
        case .ping(let data): output.writePing(data, isReply: true)
        case .settingsWereRead, .pong, .priority, .priorityUpdate, nil: break
        }
        try streams.spend(.frame)
        return nil
    }

    private mutating func forget(above last: UInt32, _ output: inout ByteBuffer) {
        let gone = streams.table.indices.map { streams.table[$0].id }.filter { $0 > last }
        for id in gone { if let index = streams.table.index(of: id) { streams.remove(at: index, &output) } }
        notBegun += gone
    }
}

// MARK: - Answers

extension HTTP2ClientMachine {
    private mutating func handleHeaders(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        guard frame.stream & 1 == 1, frame.stream <= streams.last, var fragment = frame.content(of: payload) else {
            throw .connection(.protocol)
        }
        if frame.flags.contains(.priority) {
            guard fragment.count >= 5 else { throw .connection(.frameSize) }
            fragment = UnsafeRawBufferPointer(rebasing: fragment[5...])
        }
        if frame.flags.contains(.endHeaders) { return try take(fragment, frame.stream, frame.flags, &output) }
        block.begin(frame, fragment, dependsOnItself: false)
        return nil
    }

    private mutating func handleContinuation(
        _ frame: FrameHead,
        _ payload: UnsafeRawBufferPointer,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        guard block.isOpen else { throw .connection(.protocol) }
        guard block.add(payload) else { throw .connection(.enhanceYourCalm) }
        try streams.spend(.frame)
        guard frame.flags.contains(.endHeaders) else { return nil }
        let flags = block.flags
        let whole = ByteBuffer(bytes: block.end())
        return whole.withUnsafeReadableBytes { bytes in
            do throws(HTTP2Fault) {
                return try take(bytes, frame.stream, flags, &output)
            } catch {
                return fail(error, &output)
            }
        }
    }

    /// A whole header block.
    private mutating func take(
        _ bytes: UnsafeRawBufferPointer,
        _ id: UInt32,
        _ flags: FrameFlags,
        _ output: inout ByteBuffer
    ) throws(HTTP2Fault) -> Event? {
        builder.reset()
        guard decoder.decode(bytes, into: &builder, memory) else { throw .connection(.compression) }
        // Of a stream that is over the block had to be decoded all the same.
        guard let index = streams.table.index(of: id) else {
            try streams.spend(.frame)
            return nil
        }
        let ends = flags.contains(.endStream)
        do throws(HTTP2AnswerFault) {
            guard streams.table[index].reading == .head else { return try takeTrailer(id, ends, &output) }
            let head = try builder.settle()
            if head.status.code < 200 { return try inform(id, index, head, ends) }
            return try begin(id, index, head, ends)
        } catch {
            return lose(id, error, &output)
        }
    }

    private mutating func takeTrailer(
        _ id: UInt32,
        _ ends: Bool,
        _ output: inout ByteBuffer
    ) throws(HTTP2AnswerFault) -> Event? {
        let trailer = try builder.settleTrailer()
        guard ends else { throw .endsEarly }
        do throws(HTTP2Fault) {
            return try streams.endBody(of: id, &output) ? end(id, trailer, &output) : nil
        } catch {
            return fail(error, &output)
        }
    }

    private mutating func inform(
        _ id: UInt32,
        _ index: Int,
        _ head: HTTP2AnswerHead,
        _ ends: Bool
    ) throws(HTTP2AnswerFault) -> Event? {
        if head.status.code == 101 { throw .switched }
        if ends { throw .endsEarly }
        streams.table[index].informational &+= 1
        guard streams.table[index].informational <= Self.informationalLimit else {
            throw .tooManyInformational(limit: Self.informationalLimit)
        }
        return .informational(id, head.status, head.headers)
    }

    private mutating func begin(
        _ id: UInt32,
        _ index: Int,
        _ head: HTTP2AnswerHead,
        _ ends: Bool
    ) throws(HTTP2AnswerFault) -> Event? {
        let hasNoBody = streams.table[index].isHead || ContentRule(status: head.status.code).endsWithHead
        let length = hasNoBody ? 0 : head.announcedLength
        if ends, let length, length > 0 { throw .endsEarly }
        streams.table[index].reading = .open(missing: length)
        if ends {
            streams.table[index].reading = .ended
            endedWithHead = id
            return .answer(id, head, .none)
        }
        return .answer(id, head, length.map { $0 == 0 ? .none : .length($0) } ?? .unknown)
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
        return end(frame.stream, nil, &output)
    }
}
