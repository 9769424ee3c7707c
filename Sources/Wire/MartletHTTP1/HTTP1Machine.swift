package import MartletGateway
package import NIOCore

/// The server's side of one HTTP/1 connection, without sockets, tasks or time: bytes and events in, events and bytes
/// out.
///
/// The rules:
///
/// 1. One request at a time: from the end of a request to the end of its answer ``receive(_:into:)`` returns
///    `needsMore`, even if more bytes have arrived.
/// 2. Two states, one for each direction. The legal combinations:
///
///    | reading | writing |
///    |---|---|
///    | `head` | `idle` |
///    | `body`, `whole`, `broken` | `head`, then `body` |
///    | `discarding` | `idle`: the answer is out |
///    | `raw` | `raw`: the connection has left HTTP |
///    | `ended` | `head` while a fault is answered, else `ended` |
///
/// 3. A connection is kept alive if the request and the answer allow it, the body was read or little of it is left, the
///    client has not closed its side, and the server is not stopping (RFC 9112 section 9.3).
/// 4. After a fault it is unknown where the next request begins: the fault is answered, and the connection ends.
/// 5. An answer that breaks off is never ended as if it were whole (RFC 9112 section 8).
package struct HTTP1Machine: ~Copyable, Sendable {
    package enum Reading: Sendable {
        /// Between requests, or in the middle of a head.
        case head(hasBegun: Bool)
        case body(BodyDecoder)
        /// The request is complete; further bytes belong to the next one.
        case whole
        /// The body ended early, or broke the rules.
        case broken
        /// The rest of an unread body is discarded, up to this many bytes.
        case discarding(BodyDecoder, left: Int)
        /// The application owns both directions.
        case raw
        /// Further input is ignored.
        case ended
    }

    package enum Writing: Sendable, Equatable {
        case idle
        /// The answer's head is due.
        case head
        /// The head has been written, and a body with this framing follows. A length is the number of bytes still
        /// missing.
        case body(ResponseFraming.Delimiting)
        case raw
        case ended
    }

    package enum Event: Sendable {
        /// Nothing to do before more bytes arrive, or before the answer is written.
        case needsMore
        /// The first bytes of a head have arrived.
        case headBegun
        /// A request; its head is in the ``RequestHead`` that was passed in.
        case request(HTTP1Message, HTTP1Body)
        case data(ByteBuffer)
        /// - Parameter trailer: the fields that followed a chunked body.
        case bodyEnd(trailer: Headers?)
        /// The bytes break the protocol. In a head: call ``refuse(isHead:)`` and answer. In a body: tell its reader.
        case fault(RequestFault)
        /// Bytes of an unread body were discarded.
        case discarded
        /// The unread body has been discarded: the next request can begin.
        case nextRequest
        /// Close the connection.
        case close
    }

    /// What an answer's end means for the connection.
    package enum Next: Sendable, Equatable {
        case request
        /// The rest of the body has to be discarded first.
        case discard
        case close
    }

    package private(set) var reading = Reading.head(hasBegun: false)
    package private(set) var writing = Writing.idle
    /// The request that is being answered.
    package private(set) var message = HTTP1Message()
    /// The client has closed its sending side; it may still read.
    package private(set) var inputIsClosed = false
    /// The request broke the protocol: what follows it is not parsed.
    package private(set) var isRefused = false
    /// After the end: the client may still be sending, so that closing at once could cost it the answer (RFC 9112
    /// section 9.6).
    package private(set) var mayBeReceiving = false
    /// The connection ends with its next answer.
    package var isEnding = false
    private var keepsAlive = true
    private var awaitsContinue = false
    private var parser: RequestParser
    private let limits: HeadLimits
    private let bodyBytes: Int
    private let unreadBytes: Int

    /// - Parameters:
    ///   - bodyBytes: the largest body.
    ///   - unreadBytes: how much of an unread body is discarded to keep the connection.
    package init(limits: HeadLimits, bodyBytes: Int, unreadBytes: Int) {
        self.limits = limits
        self.bodyBytes = bodyBytes
        self.unreadBytes = unreadBytes
        parser = RequestParser(limits: limits)
    }
}

// MARK: - Reading

extension HTTP1Machine {
    /// Takes the next step over the bytes that have arrived, and removes those that it has handled from `input`.
    ///
    /// - Parameter head: where a request's head is put; nobody else may hold it.
    package mutating func receive(_ input: inout ByteBuffer, into head: RequestHead) -> Event {
        switch reading {
        case .head(let hasBegun): return readHead(&input, into: head, hasBegun)
        case .body(var decoder): return readBody(&decoder, &input)
        case .discarding(var decoder, let left): return discard(&decoder, left, &input)
        case .raw: return readRaw(&input)
        case .whole, .broken: return .needsMore
        case .ended:
            guard input.readableBytes > 0 else { return .needsMore }
            input.clear()
            return .discarded
        }
    }

    private mutating func readHead(_ input: inout ByteBuffer, into head: RequestHead, _ hasBegun: Bool) -> Event {
        guard input.readableBytes > 0 else { return inputIsClosed ? .close : .needsMore }
        switch input.withUnsafeReadableBytes({ parser.parse($0, into: head) }) {
        case .needsMore:
            if inputIsClosed { return .close }
            guard !hasBegun else { return .needsMore }
            reading = .head(hasBegun: true)
            return .headBegun
        case .fault(let fault):
            return .fault(fault)
        case .complete(let length, let message):
            input.moveReaderIndex(forwardBy: length)
            return begin(message, &input)
        }
    }

    private mutating func begin(_ message: HTTP1Message, _ input: inout ByteBuffer) -> Event {
        self.message = message
        writing = .head
        reading = .whole
        keepsAlive = message.keepsAlive
        switch message.framing {
        case .none:
            return .request(message, .none)
        case .length(let length):
            if length > bodyBytes { return .fault(.bodyTooLarge(limit: bodyBytes)) }
            if let whole = input.readSlice(length: length) { return .request(message, .whole(whole)) }
            return open(message, decoder, length: length, first: ByteBuffer(), &input)
        case .chunked:
            var decoder = decoder
            var first = ByteBuffer()
            while true {
                switch decoder.next(&input) {
                case .data(let chunk): first.writeImmutableBuffer(chunk)
                // Fields behind a body belong to its stream.
                case .end where decoder.requestTrailer != nil:
                    return open(message, decoder, length: nil, first: first, &input)
                case .end: return .request(message, .whole(first))
                case .needsMore: return open(message, decoder, length: nil, first: first, &input)
                case .fault(let fault): return .fault(fault)
                }
            }
        }
    }

    private var decoder: BodyDecoder {
        BodyDecoder(
            framing: message.framing,
            limit: bodyBytes,
            limits: limits,
            keepsTrailer: message.framing == .chunked
        )
    }

    private mutating func open(
        _ message: HTTP1Message,
        _ decoder: BodyDecoder,
        length: Int?,
        first: ByteBuffer,
        _ input: inout ByteBuffer
    ) -> Event {
        reading = .body(decoder)
        awaitsContinue = message.expectsContinue && first.readableBytes == 0 && input.readableBytes == 0
        return .request(message, .open(length: length, first: first))
    }

    private mutating func readBody(_ decoder: inout BodyDecoder, _ input: inout ByteBuffer) -> Event {
        switch decoder.next(&input) {
        case .needsMore:
            reading = .body(decoder)
            guard inputIsClosed else { return .needsMore }
            reading = .broken
            return .fault(.bodyCutShort)
        case .data(let chunk):
            reading = .body(decoder)
            awaitsContinue = false
            return .data(chunk)
        case .end:
            reading = .whole
            return .bodyEnd(trailer: decoder.requestTrailer)
        case .fault(let fault):
            reading = .broken
            return .fault(fault)
        }
    }

    private mutating func discard(_ decoder: inout BodyDecoder, _ left: Int, _ input: inout ByteBuffer) -> Event {
        switch decoder.next(&input) {
        case .data(let chunk):
            reading = .discarding(decoder, left: left &- chunk.readableBytes)
            return chunk.readableBytes > left ? .close : .discarded
        case .end:
            return waitForRequest(hasInput: input.readableBytes > 0) == .request ? .nextRequest : .close
        case .needsMore:
            reading = .discarding(decoder, left: left)
            return inputIsClosed ? .close : .needsMore
        case .fault:
            return .close
        }
    }

    private mutating func readRaw(_ input: inout ByteBuffer) -> Event {
        if input.readableBytes > 0 {
            let bytes = input
            input = ByteBuffer()
            return .data(bytes)
        }
        guard inputIsClosed else { return .needsMore }
        reading = .ended
        return .bodyEnd(trailer: nil)
    }

    /// The client has closed its sending side: no further requests, but it still waits for the answers.
    package mutating func inputClosed() { inputIsClosed = true }

    /// The client was too slow with its body, or its reader rejected it.
    package mutating func breakBody() {
        if case .body = reading { reading = .broken }
    }

    /// The reader of the body is waiting.
    ///
    /// - Returns: whether to send `100 Continue` (``ResponseEncoder/continueLines``).
    package mutating func bodyIsWanted() -> Bool {
        guard awaitsContinue, writing == .head else { return false }
        awaitsContinue = false
        return true
    }

    /// Whether the client is still waiting for `100 Continue`, so that a missing body is not its fault.
    package var waitsForContinue: Bool { awaitsContinue }

    /// No byte of a request has arrived since the last answer.
    package var isIdle: Bool {
        if case .head(false) = reading { true } else { false }
    }

    /// Whether the next bytes belong to a head.
    package var isReadingHead: Bool {
        if case .head = reading { true } else { false }
    }

    private var isReceiving: Bool {
        switch reading {
        case .body, .broken, .discarding, .raw: true
        case .head, .whole, .ended: isRefused
        }
    }
}

// MARK: - Writing

extension HTTP1Machine {
    /// A head was invalid or too slow: the answer is due.
    ///
    /// - Parameter isHead: whether the method was HEAD, as far as is known.
    package mutating func refuse(isHead: Bool) {
        if writing == .idle {
            message = HTTP1Message()
            message.isHead = isHead
            writing = .head
            reading = .ended
        }
        refuse()
    }

    /// The current request broke the protocol: the connection ends with its answer.
    package mutating func refuse() {
        message.keepsAlive = false
        isRefused = true
    }

    /// Decides how the answer ends, and whether the connection goes on.
    ///
    /// - Parameter hasInput: whether more has come behind the request.
    package mutating func beginAnswer(
        status: Int,
        headers: Headers,
        body: ResponseFraming.Body,
        hasInput: Bool
    ) -> ResponseFraming {
        let framing = ResponseFraming(
            status: status,
            headers: headers,
            body: body,
            request: message,
            canKeepAlive: canKeepAlive(hasInput)
        )
        keepsAlive = framing.keepsAlive
        writing = .body(framing.delimiting)
        return framing
    }

    private func canKeepAlive(_ hasInput: Bool) -> Bool {
        if isEnding || (inputIsClosed && !hasInput) { return false }
        guard case .body(let decoder) = reading else {
            if case .broken = reading { return false }
            return true
        }
        if awaitsContinue { return false }
        return decoder.remaining.map { $0 <= unreadBytes } ?? true
    }

    /// Whether an upgrade is possible: the whole request has arrived.
    package var canLeaveHTTP: Bool {
        if case .whole = reading { true } else { false }
    }

    /// The connection leaves HTTP: from now on both directions belong to the application.
    package mutating func leaveHTTP() {
        keepsAlive = false
        reading = .raw
        writing = .raw
    }

    /// Counts bytes of a body whose length was announced.
    ///
    /// - Throws: ``BodyTooLong`` if there are more than that; none of them may be sent.
    package mutating func countBody(_ count: Int) throws(BodyTooLong) {
        guard case .body(.length(let left)) = writing else { return }
        guard count <= left else { throw BodyTooLong(excess: count - left) }
        writing = .body(.length(left - count))
    }

    /// How many announced bytes of the body have not been written. An answer that ends with some is incomplete.
    package var missingBytes: Int {
        if case .body(.length(let left)) = writing { left } else { 0 }
    }

    /// Writes a byte that tells a client that is gone from one that has only closed its sending side: the system of the
    /// former replies with a reset. It is the first digit of the next chunk's size, which may begin with zeros, or of
    /// the last chunk (RFC 9112 section 7.1).
    package func writeProbe(into output: inout ByteBuffer) {
        if writing == .body(.chunked) { output.writeInteger(UInt8(ascii: "0")) }
    }

    /// The answer is complete.
    ///
    /// - Parameter hasInput: whether more has come behind the request.
    package mutating func next(hasInput: Bool) -> Next {
        guard keepsAlive else {
            end()
            return .close
        }
        switch reading {
        case .whole:
            return waitForRequest(hasInput: hasInput)
        case .body(let decoder):
            writing = .idle
            reading = .discarding(decoder, left: unreadBytes)
            return .discard
        case .head, .broken, .discarding, .raw, .ended:
            end()
            return .close
        }
    }

    /// Checks again: the answer's head may have been sent before the server began to stop.
    private mutating func waitForRequest(hasInput: Bool) -> Next {
        if !hasInput, inputIsClosed || isEnding {
            end()
            return .close
        }
        writing = .idle
        reading = .head(hasBegun: false)
        return .request
    }

    /// The connection is being closed.
    package mutating func end() {
        mayBeReceiving = mayBeReceiving || isReceiving
        reading = .ended
        writing = .ended
    }

    /// Whether only a reset can show that this answer is incomplete.
    package var endsOnlyByReset: Bool { writing == .body(.untilClose) }
}
