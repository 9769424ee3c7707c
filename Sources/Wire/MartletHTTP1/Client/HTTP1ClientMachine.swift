import HTTPTypes
import MartletBytes
package import MartletGateway
package import NIOCore

/// The client's side of one HTTP/1 connection, without sockets, tasks or time: bytes and events in, events and bytes
/// out.
///
/// The rules:
///
/// 1. One request at a time: ``begin(_:)``, then its answer up to ``Event/end(trailer:)``. Both directions go on by
///    themselves: an answer may end before its request does.
/// 2. An answer that two readers could read differently is a fault, and every fault ends the connection.
/// 3. The connection is used again only if the answer allows it, the request was sent whole, the end of the answer was
///    not that of the connection, and nothing has come behind it (RFC 9112 section 9.3). Bytes that belong to no answer
///    are a fault: they could be taken for the next one.
/// 4. Whether there is a body is decided by the request's method and the status before any field (RFC 9112 section 6.3).
/// 5. `100 Continue` is nobody's business here, since the body of a request is sent without waiting for it. Other
///    informational answers are events, and bounded in number.
package struct HTTP1ClientMachine: Sendable {
    package enum Event: Sendable {
        /// Nothing to do before more bytes arrive.
        case needsMore
        /// An answer ahead of the answer, such as 103.
        case informational(HTTP1ResponseHead)
        /// The head of the answer. What follows is data, if it has a body, and the end.
        case answer(HTTP1ResponseHead, HTTP1ResponseBody)
        /// The connection has left HTTP: what follows is data of the other protocol, and the end.
        case switched(HTTP1ResponseHead)
        case data(ByteBuffer)
        /// - Parameter trailer: the fields that followed a chunked body.
        case end(trailer: Headers?)
        /// The answer, or the rest of it, cannot be used, and the connection neither.
        case fault(ResponseFault)
        /// The connection has ended between two requests.
        case closed
    }

    private enum Reading: Sendable {
        /// No answer is due.
        case idle
        /// `hasBegun` as soon as a byte of a head has come.
        case head(hasBegun: Bool)
        /// So many bytes of a body of known length are to come.
        case length(Int)
        case body(BodyDecoder)
        case untilClose
        case raw
        case ended
    }

    private enum Writing: Sendable, Equatable {
        case idle
        case body(MessageFraming)
        case whole
        /// The connection belongs to another protocol.
        case raw
    }

    /// nginx takes any number of them, Go 5.
    private static let informationalLimit = 16

    private let limits: HeadLimits
    private var parser: ResponseParser
    private var reading = Reading.idle
    private var writing = Writing.idle
    /// The request that is answered.
    private var message = HTTP1Message()
    private var informational = 0
    private var keepsAlive = true
    private var inputIsClosed = false
    /// Whether a byte of an answer has come since the request began.
    package private(set) var hasReceived = false
    /// How long the upstream says that it keeps the connection when nobody uses it.
    package private(set) var keepAliveSeconds: Int?

    package init(limits: HeadLimits = HeadLimits()) {
        self.limits = limits
        parser = ResponseParser(limits: limits)
    }

    /// Whether another request may begin. Mutating, since to be asked it would be copied otherwise, for each request.
    package var isIdle: Bool {
        mutating get {
            if case .idle = reading { writing == .idle && keepsAlive && !inputIsClosed } else { false }
        }
    }
}

// MARK: - Writing

extension HTTP1ClientMachine {
    /// A request begins; its head is ``RequestEncoder``'s to write.
    package mutating func begin(_ message: HTTP1Message) {
        self.message = message
        reading = .head(hasBegun: false)
        writing = message.framing == .none || message.framing == .length(0) ? .whole : .body(message.framing)
        informational = 0
        hasReceived = false
    }

    /// Counts bytes of the request's body, and writes what comes before them on the wire. ``endPiece(into:)`` follows
    /// them.
    ///
    /// - Throws: ``BodyTooLong`` if there are more than were announced; none of them may be sent.
    package mutating func beginPiece(_ count: Int, into output: inout ByteBuffer) throws(BodyTooLong) {
        switch writing {
        case .body(.length(let left)):
            guard count <= left else { throw BodyTooLong(excess: count - left) }
            writing = count == left ? .whole : .body(.length(left - count))
        case .body(.chunked):
            // A chunk of no bytes would be the last one.
            if count > 0 { ResponseEncoder.writeChunkSize(count, into: &output) }
        case .raw: break
        case .body(.none), .idle, .whole:
            if count > 0 { throw BodyTooLong(excess: count) }
        }
    }

    package func endPiece(into output: inout ByteBuffer) {
        if writing == .body(.chunked) { output.writeInteger(0x0D0A, as: UInt16.self) }
    }

    /// The request's body is complete.
    ///
    /// - Parameter trailer: the fields behind it, for which only a chunked body has room.
    /// - Returns: whether it is as long as was announced. If it is not, the connection has to be closed.
    package mutating func endBody(trailer: Headers? = nil, into output: inout ByteBuffer) -> Bool {
        switch writing {
        case .body(.chunked):
            if let trailer {
                ResponseEncoder.writeLastChunk(trailer: trailer, into: &output)
            } else {
                output.writeBytes(ResponseEncoder.lastChunk)
            }
            writing = .whole
            return true
        case .body: return false
        case .idle, .whole, .raw: return true
        }
    }

    /// Whether something of the request's body is still to be sent. Mutating for the reason that ``isIdle`` has.
    package var isSendingBody: Bool {
        mutating get { if case .body = writing { true } else { false } }
    }
}

// MARK: - Reading

extension HTTP1ClientMachine {
    /// The upstream has ended its side.
    package mutating func inputClosed() { inputIsClosed = true }

    /// Takes the next step over the bytes that have arrived, and removes those that it has handled from `input`.
    package mutating func receive(_ input: inout ByteBuffer) -> Event {
        switch reading {
        case .idle:
            if input.readableBytes > 0 { return fail(.unasked) }
            guard inputIsClosed else { return .needsMore }
            reading = .ended
            return .closed
        case .head(let hasBegun): return readHead(&input, hasBegun)
        case .length(let left): return readLength(left, &input)
        case .body(var decoder): return readBody(&decoder, &input)
        case .untilClose, .raw:
            if input.readableBytes > 0 {
                defer { input = ByteBuffer() }
                return .data(input)
            }
            return inputIsClosed ? end(trailer: nil, hasMore: false) : .needsMore
        case .ended:
            input.clear()
            return .needsMore
        }
    }

    private mutating func fail(_ fault: ResponseFault) -> Event {
        reading = .ended
        keepsAlive = false
        return .fault(fault)
    }

    private mutating func readHead(_ input: inout ByteBuffer, _ hasBegun: Bool) -> Event {
        guard input.readableBytes > 0 else { return inputIsClosed ? fail(.closedBeforeAnswer) : .needsMore }
        hasReceived = true
        if !hasBegun { reading = .head(hasBegun: true) }
        switch input.withUnsafeReadableBytes({ parser.parse($0) }) {
        case .needsMore: return inputIsClosed ? fail(.headCutShort) : .needsMore
        case .fault(let fault): return fail(fault)
        case .complete(let length, let head):
            input.moveReaderIndex(forwardBy: length)
            return head.isInformational ? inform(head) : begin(head)
        }
    }

    private mutating func inform(_ head: HTTP1ResponseHead) -> Event {
        informational &+= 1
        guard informational <= Self.informationalLimit else {
            return fail(.tooManyInformational(limit: Self.informationalLimit))
        }
        reading = .head(hasBegun: false)
        return .informational(head)
    }

    /// The rest of an answer whose head was the last event, if all of its body is here: what else would take two more steps.
    ///
    /// - Returns: nil if something is missing, or how much there is has to be found out.
    package mutating func takeRest(_ input: inout ByteBuffer) -> ByteBuffer? {
        guard case .length(let left) = reading, let bytes = input.readSlice(length: left) else { return nil }
        _ = end(trailer: nil, hasMore: input.readableBytes > 0)
        return bytes
    }

    private mutating func begin(_ head: consuming HTTP1ResponseHead) -> Event {
        keepsAlive = head.keepsAlive
        keepAliveSeconds = head.keepAliveSeconds
        if head.status.code == 101 {
            guard message.wantsUpgrade, writing == .whole else { return fail(.unexpectedSwitch) }
            reading = .raw
            writing = .raw
            keepsAlive = false
            return .switched(head)
        }
        if message.isHead || ContentRule(status: head.status.code).endsWithHead {
            reading = .length(0)
            return .answer(head, .none)
        }
        switch head.framing {
        case .length(let length):
            reading = .length(length)
            return .answer(head, length == 0 ? .none : .length(length))
        case .chunked:
            reading = .body(BodyDecoder(framing: .chunked, limit: .max, limits: limits, keepsTrailer: true))
        case .none:
            reading = .untilClose
            keepsAlive = false
        }
        return .answer(head, .unknown)
    }

    private mutating func readLength(_ left: Int, _ input: inout ByteBuffer) -> Event {
        if left == 0 { return end(trailer: nil, hasMore: input.readableBytes > 0) }
        guard let bytes = input.readSlice(length: min(left, input.readableBytes)), bytes.readableBytes > 0 else {
            return inputIsClosed ? fail(.bodyCutShort) : .needsMore
        }
        reading = .length(left &- bytes.readableBytes)
        return .data(bytes)
    }

    private mutating func readBody(_ decoder: inout BodyDecoder, _ input: inout ByteBuffer) -> Event {
        switch decoder.next(&input) {
        case .needsMore:
            reading = .body(decoder)
            return inputIsClosed ? fail(.bodyCutShort) : .needsMore
        case .data(let bytes):
            reading = .body(decoder)
            return .data(bytes)
        case .end: return end(trailer: decoder.trailer, hasMore: input.readableBytes > 0)
        case .fault(let fault): return fail(.body(fault))
        }
    }

    private mutating func end(trailer: Headers?, hasMore: Bool) -> Event {
        if hasMore || inputIsClosed || writing != .whole { keepsAlive = false }
        reading = keepsAlive ? .idle : .ended
        writing = .idle
        return .end(trailer: trailer)
    }
}
