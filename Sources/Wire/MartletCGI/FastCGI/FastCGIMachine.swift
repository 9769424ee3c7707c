package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// The application's side of a FastCGI connection: what a web server sends is read, and what it is answered is framed.
///
/// The rules:
///
/// 1. One request at a time. Another that is begun meanwhile is answered with FCGI_CANT_MPX_CONN, and what belongs to it is skipped.
/// 2. Of the roles only the responder; the others are answered with FCGI_UNKNOWN_ROLE, and skipped.
/// 3. FCGI_PARAMS whole, and bounded, then FCGI_STDIN, as every web server sends them. A request is one when its first record of FCGI_STDIN
///    begins: an empty one says that there is no body, also where CONTENT_LENGTH says nothing.
/// 4. The body is as long as CONTENT_LENGTH says: more makes it invalid and is skipped, less is an incomplete body. Without it, the body is what comes.
/// 5. A request that is answered before its body was read has the rest of it skipped.
/// 6. What breaks the protocol ends the connection: with an answer, if none is under way.
/// 7. Without FCGI_KEEP_CONN the connection ends with the answer.
///
/// | Stage of the request | Writing |
/// |---|---|
/// | none | `idle`, or `head` where what is no request is answered |
/// | `params`, `settled` | `idle` |
/// | `body`, `over` | `head`, then `body` |
package struct FastCGIMachine: CGIMachine {
    /// The request that is open.
    private struct Open: Sendable {
        let number: UInt16
        let keepsConnection: Bool
        var stage = Stage.params(ByteBuffer())
    }

    private enum Stage: Sendable {
        /// The parameters so far.
        case params(ByteBuffer)
        /// The parameters are whole; whether there is a body is known with the next record.
        case settled
        /// The request is known, and how long its body may be is not said yet.
        case due(hasBody: Bool)
        /// How many bytes may still come, and whether all of them must.
        case body(left: Int, isExact: Bool)
        /// The body has ended, or nobody wants the rest of it.
        case over
    }

    /// What becomes of the record that is being read.
    private enum Handling: Sendable {
        case skip
        case params, paramsEnd
        case stdin, stdinEnd
        /// Its content is needed whole.
        case collect(FastCGIRecordHead, ByteBuffer)
    }

    package private(set) var variables: CGIVariables
    package var answer = CGIAnswer()
    package private(set) var inputIsClosed = false
    /// How many connections there may be: what FCGI_GET_VALUES is answered.
    private let connections: Int
    private var reader = FastCGIRecordReader()
    private var handling = Handling.skip
    private var open: Open?
    /// Nothing more is read.
    private var isClosed = false
    private var limit = 0
    private var style = CGIHeadStyle.statusField
    private var hasRead = false

    /// So many bytes of a record about the connection are looked at: the three names that there are need 47.
    private static let managementBytes = 1024

    package init(limits: CGIVariables.Limits, connections: Int) {
        variables = CGIVariables(limits: limits)
        self.connections = max(1, connections)
    }

    package var isIdle: Bool { open == nil && !isClosed && reader.isBetweenRecords }

    package var isReadingHead: Bool {
        guard !isClosed else { return false }
        switch open?.stage {
        case nil, .params, .settled: return true
        case .due, .body, .over: return false
        }
    }

    package var isReadingBody: Bool {
        if case .body = open?.stage { !isClosed } else { false }
    }

    package var isDiscarding: Bool { isClosed }
}

// MARK: - Reading

extension FastCGIMachine {
    package mutating func receive(_ input: inout ByteBuffer, replies: inout ByteBuffer) -> CGIEvent {
        guard !isClosed else {
            guard input.readableBytes > 0 else { return .needsMore }
            input.clear()
            return .discarded
        }
        if !hasRead {
            if let stranger = Stranger(input) { return .fault(stranger.fault(.fastcgi)) }
            if input.readableBytes < 4, !inputIsClosed { return .needsMore }
        }
        do throws(FastCGIFault) {
            while let part = try reader.next(&input) {
                hasRead = true
                if let event = try handle(part, &replies) { return event }
            }
            return inputIsClosed ? endOfInput() : .needsMore
        } catch {
            // What is under way can only be cut off.
            guard case .idle = answer.writing else { return .close }
            return .fault(.fastcgi(error))
        }
    }

    private mutating func endOfInput() -> CGIEvent {
        switch open?.stage {
        case nil, .params, .settled: return .close
        case .due, .over: return .needsMore
        case .body:
            open?.stage = .over
            return .bodyFault(.bodyCutShort)
        }
    }

    private mutating func handle(
        _ part: FastCGIRecordReader.Part,
        _ replies: inout ByteBuffer
    ) throws(FastCGIFault) -> CGIEvent? {
        switch part {
        case .head(let head):
            handling = try handling(of: head)
            guard case .settled = open?.stage else { return nil }
            switch handling {
            case .stdin: return begin(hasBody: true)
            case .stdinEnd: return begin(hasBody: false)
            case .skip, .params, .paramsEnd, .collect: return nil
            }
        case .content(let bytes):
            return take(bytes)
        case .end:
            defer { handling = .skip }
            return try finish(&replies)
        }
    }

    private mutating func begin(hasBody: Bool) -> CGIEvent {
        open?.stage = .due(hasBody: hasBody)
        answer = CGIAnswer()
        answer.writing = .head
        return .request
    }

    private func handling(of head: FastCGIRecordHead) throws(FastCGIFault) -> Handling {
        if head.request == 0 { return .collect(head, ByteBuffer()) }
        switch head.type {
        case .beginRequest:
            guard head.length == FastCGIBeginning.size else { throw .length(.beginRequest, head.length) }
            return .collect(head, ByteBuffer())
        case .abortRequest: return head.request == open?.number ? .collect(head, ByteBuffer()) : .skip
        case .params, .stdin: return try handling(ofStream: head)
        case .data, .endRequest, .stdout, .stderr, .getValues, .getValuesResult, .unknownType, nil:
            throw head.type.map { .unexpected($0) } ?? .unknownRecord(head.number)
        }
    }

    private func handling(ofStream head: FastCGIRecordHead) throws(FastCGIFault) -> Handling {
        // What was refused, or has its answer already, may still be on its way.
        guard let open, head.request == open.number else { return .skip }
        let isEnd = head.length == 0
        switch (open.stage, head.type) {
        case (.params, .params): return isEnd ? .paramsEnd : .params
        case (.settled, .stdin), (.body, .stdin): return isEnd ? .stdinEnd : .stdin
        case (.over, _): return .skip
        default: throw .unexpected(head.type ?? .stdin)
        }
    }

    private mutating func take(_ bytes: ByteBuffer) -> CGIEvent? {
        switch handling {
        case .skip, .paramsEnd, .stdinEnd: return .discarded
        case .params: return takeParams(bytes)
        case .stdin: return takeInput(bytes)
        case .collect(let head, var content):
            let room = Self.managementBytes - content.readableBytes
            if let piece = bytes.getSlice(at: bytes.readerIndex, length: min(room, bytes.readableBytes)) {
                content.writeImmutableBuffer(piece)
            }
            handling = .collect(head, content)
            return nil
        }
    }

    private mutating func takeParams(_ bytes: ByteBuffer) -> CGIEvent? {
        guard case .params(var collected) = open?.stage else { return nil }
        // It is not to be copied while it grows.
        open?.stage = .over
        collected.writeImmutableBuffer(bytes)
        // Each variable has at most eight bytes of lengths.
        guard collected.readableBytes <= variables.limits.bytes + 8 * variables.limits.count else {
            handling = .skip
            return .fault(.tooManyBytes(limit: variables.limits.bytes))
        }
        open?.stage = .params(collected)
        return nil
    }

    private mutating func takeInput(_ bytes: ByteBuffer) -> CGIEvent? {
        guard case .body(let left, let isExact) = open?.stage else { return .discarded }
        guard bytes.readableBytes <= left else {
            open?.stage = .over
            handling = .skip
            return .bodyFault(isExact ? .bodyTooLong : .bodyTooLarge(limit: limit))
        }
        open?.stage = .body(left: left - bytes.readableBytes, isExact: isExact)
        return .data(bytes)
    }

    private mutating func finish(_ replies: inout ByteBuffer) throws(FastCGIFault) -> CGIEvent? {
        switch handling {
        case .skip, .params, .stdin: return nil
        case .paramsEnd: return try settle()
        case .stdinEnd:
            guard case .body(let left, let isExact) = open?.stage else { return nil }
            open?.stage = .over
            return isExact && left > 0 ? .bodyFault(.bodyCutShort) : .bodyEnd
        case .collect(let head, let content):
            if head.request == 0 {
                manage(head, content, &replies)
                return nil
            }
            if head.type == .abortRequest { return abort(&replies) }
            guard let beginning = FastCGIBeginning(content) else { throw .length(.beginRequest, head.length) }
            return try begin(head.request, beginning, &replies)
        }
    }

    private mutating func begin(
        _ number: UInt16,
        _ beginning: FastCGIBeginning,
        _ replies: inout ByteBuffer
    ) throws(FastCGIFault) -> CGIEvent? {
        if let open {
            guard open.number != number else { throw .begunTwice(number) }
            replies.writeRecord(.endRequest, number, FastCGIEnding(status: .cannotMultiplex).content)
            return nil
        }
        guard beginning.role == .responder else {
            replies.writeRecord(.endRequest, number, FastCGIEnding(status: .unknownRole).content)
            isClosed = !beginning.keepsConnection
            return isClosed ? .close : nil
        }
        open = Open(number: number, keepsConnection: beginning.keepsConnection)
        return .begun
    }

    /// The web server has given a request up: one that was not begun yet ends here (FastCGI 1.0 section 5.4), another with its answer.
    private mutating func abort(_ replies: inout ByteBuffer) -> CGIEvent {
        guard let request = open, isReadingHead else {
            open?.stage = .over
            return .aborted
        }
        replies.writeRecord(.endRequest, request.number, FastCGIEnding(status: .complete).content)
        open = nil
        isClosed = !request.keepsConnection
        return isClosed ? .close : .discarded
    }

    /// The parameters are whole.
    private mutating func settle() throws(FastCGIFault) -> CGIEvent? {
        guard case .params(let collected) = open?.stage else { return nil }
        open?.stage = .settled
        do throws(FastCGINameValues.Problem) {
            variables = try FastCGINameValues.read(collected, limits: variables.limits)
            return nil
        } catch {
            switch error {
            case .fault(let fault): throw fault
            case .overflow(let overflow): return .fault(CGIFault(overflow))
            }
        }
    }

    package mutating func takeBody(_ length: CGIRequest.Length, limit: Int, _ input: inout ByteBuffer) -> HTTP1Body {
        guard case .due(let hasBody) = open?.stage else { return .none }
        self.limit = limit
        switch length {
        case .known(let count) where count > 0 || hasBody:
            open?.stage = .body(left: count, isExact: true)
            return .open(length: count, first: ByteBuffer())
        // CONTENT_LENGTH is 0, and so there is none to be read.
        case .none where hasBody && variables["CONTENT_LENGTH"]?.isEmpty == false:
            open?.stage = .body(left: 0, isExact: true)
            return .none
        // nginx says no length of a chunked body with `fastcgi_request_buffering off`.
        case .open where hasBody, .none where hasBody:
            open?.stage = .body(left: limit, isExact: false)
            return .open(length: nil, first: ByteBuffer())
        case .none, .open, .known:
            open?.stage = .over
            return .none
        }
    }

    /// A record about the connection (FastCGI 1.0 section 4).
    private func manage(_ head: FastCGIRecordHead, _ content: ByteBuffer, _ replies: inout ByteBuffer) {
        var reply = ByteBuffer()
        guard head.type == .getValues else {
            reply.writeMultipleIntegers(head.number, UInt8(0), UInt16(0), UInt32(0))
            return replies.writeRecord(.unknownType, 0, reply)
        }
        // What does not end where it says asks for nothing.
        let most = CGIVariables.Limits(bytes: Self.managementBytes, count: 64)
        let asked = try? FastCGINameValues.read(content, limits: most)
        let known = [
            ("FCGI_MAX_CONNS", "\(connections)"), ("FCGI_MAX_REQS", "\(connections)"), ("FCGI_MPXS_CONNS", "0"),
        ]
        for (name, value) in known where asked?[name] != nil {
            FastCGINameValues.write(name.utf8, value.utf8, into: &reply)
        }
        replies.writeRecord(.getValuesResult, 0, reply)
    }

    /// Where a request ends is not known any more, as its rest is thrown away.
    package mutating func refuse(_ fault: CGIFault) {
        answer.writing = .head
        isClosed = true
        if case .speaksHTTP = fault { style = .statusLine }
    }

    package mutating func breakBody() { if isReadingBody { open?.stage = .over } }

    package mutating func inputClosed() { inputIsClosed = true }
}

// MARK: - Writing

extension FastCGIMachine {
    package static var pieceBytes: Int? { FastCGIRecordHead.contentBytes }

    /// Who speaks something else is not answered in records.
    private var isFramed: Bool { style == .statusField }

    private var number: UInt16 { open?.number ?? 1 }

    package func openPiece(_ count: Int, into output: inout ByteBuffer) {
        if isFramed { output.writeRecordHead(.stdout, number, count: count) }
    }

    package func closePiece(_ count: Int, into output: inout ByteBuffer) {
        if isFramed { output.writeRepeatingByte(0, count: FastCGIRecordHead.padding(for: count)) }
    }

    package func writeHead(
        of response: Response,
        _ framing: ResponseFraming,
        isUpgrade: Bool,
        into output: inout ByteBuffer
    ) {
        var head = ByteBuffer()
        style.write(response.status, response.headers, framing, isUpgrade: isUpgrade, into: &head)
        if isFramed { output.writeStream(.stdout, number, head) } else { output.writeImmutableBuffer(head) }
    }

    package mutating func finishAnswer(into output: inout ByteBuffer) -> CGINext {
        let keepsConnection = open?.keepsConnection == true && !isClosed && !inputIsClosed
        if isFramed {
            output.writeRecord(.stdout, number)
            output.writeRecord(.endRequest, number, FastCGIEnding().content)
        }
        open = nil
        answer.writing = .idle
        if keepsConnection { return .request }
        end()
        return .close
    }

    /// There is no upgrade in FastCGI.
    package var canLeave: Bool { false }

    package mutating func leave() {}

    package mutating func end() {
        isClosed = true
        answer.writing = .ended
    }
}
