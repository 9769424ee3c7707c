package import MartletHTTP1
package import NIOCore

/// The application's side of a FastCGI connection: what a web server sends is read, and what it is answered is written. Bytes in,
/// events and bytes out; no sockets, no time.
///
/// The rules:
///
/// 1. One request at a time. Another that is begun meanwhile is answered with FCGI_CANT_MPX_CONN, and what belongs to it is skipped.
/// 2. Of the roles only the responder; the others are answered with FCGI_UNKNOWN_ROLE, and skipped.
/// 3. FCGI_PARAMS whole, then FCGI_STDIN, as every web server sends them. Parameters are bounded; a request with more is refused, and
///    the connection goes on, for it is known where the next one begins.
/// 4. The body is what CONTENT_LENGTH says: more breaks the protocol, less is an incomplete body. Without it, the body is what comes.
/// 5. A request that is answered before its body was read has the rest of it skipped.
/// 6. What breaks the protocol ends the connection.
/// 7. Without FCGI_KEEP_CONN the connection ends with the answer.
package struct FastCGIServerMachine: Sendable {
    package enum Event: Sendable {
        /// Nothing to do before more bytes arrive.
        case needsMore
        /// A request; unless it has no body, that follows, and ``bodyEnd`` behind it.
        case request(CGIVariables, FastCGIBodyLength)
        /// A request that cannot be passed on: answer it with the status of the fault.
        case refused(RequestFault)
        case data(ByteBuffer)
        case bodyEnd
        /// The body is not what was announced: tell its reader. The rest is skipped.
        case bodyFault(RequestFault)
        /// The web server does not want the answer any more: end it soon.
        case aborted
        /// Bytes that nobody needs were skipped, or there is something to send.
        case handled
        /// Close the connection; with a fault, it has broken the protocol.
        case close(FastCGIFault?)
    }

    package struct Limits: Sendable, Equatable {
        package var variables: CGIVariables.Limits
        /// The largest body, in bytes.
        package var bodyBytes: Int
        /// How many connections there may be: what FCGI_GET_VALUES is answered.
        package var connections: Int

        package init(variables: CGIVariables.Limits = CGIVariables.Limits(), bodyBytes: Int, connections: Int) {
            self.variables = variables
            self.bodyBytes = max(0, bodyBytes)
            self.connections = max(1, connections)
        }
    }

    /// What an answer's end means for the connection.
    package enum Next: Sendable, Equatable {
        case request
        case close
    }

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
        case settled(CGIVariables)
        /// How many bytes may still come, and whether all of them must.
        case body(left: Int, isExact: Bool)
        case bodiless
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

    private let limits: Limits
    private var reader = FastCGIRecordReader()
    private var handling = Handling.skip
    private var open: Open?
    /// Nothing more is read.
    private var isClosed = false
    /// The connection ends with the next answer.
    package var isEnding = false

    /// So many bytes of a record about the connection are looked at: the three names that there are need 47.
    private static let managementBytes = 1024

    package init(limits: Limits) { self.limits = limits }

    /// Between requests.
    package var isIdle: Bool { open == nil && reader.isBetweenRecords }
    /// Whether a request waits for its answer.
    package var hasRequest: Bool { open != nil }
}

// MARK: - Reading

extension FastCGIServerMachine {
    /// Takes the next step over the bytes that have arrived, and removes those that it has handled from `input`.
    ///
    /// - Parameter output: what is to be sent is added to it.
    package mutating func receive(_ input: inout ByteBuffer, output: inout ByteBuffer) -> Event {
        guard !isClosed else {
            input.clear()
            return .needsMore
        }
        do throws(FastCGIFault) {
            while let part = try reader.next(&input) {
                if let event = try handle(part, &output) { return event }
            }
            return .needsMore
        } catch {
            isClosed = true
            input.clear()
            return .close(error)
        }
    }

    /// The web server has closed its side of the connection.
    package mutating func inputEnded() -> Event {
        guard !isClosed else { return .needsMore }
        isClosed = true
        switch open?.stage {
        case nil: return .close(reader.isBetweenRecords ? nil : .cutShort)
        case .params, .settled: return .close(.cutShort)
        case .bodiless, .over: return .needsMore
        case .body:
            open?.stage = .over
            return .bodyFault(.bodyCutShort)
        }
    }

    private mutating func handle(
        _ part: FastCGIRecordReader.Part,
        _ output: inout ByteBuffer
    ) throws(FastCGIFault) -> Event? {
        switch part {
        case .head(let head):
            handling = try handling(of: head)
            guard case .stdin = handling, case .settled(let variables) = open?.stage else { return nil }
            open?.stage = .body(left: limits.bodyBytes, isExact: false)
            return .request(variables, .unknown)
        case .content(let bytes):
            return try take(bytes)
        case .end:
            defer { handling = .skip }
            return try finish(&output)
        }
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
        case (.bodiless, .stdin):
            guard isEnd else { throw .bodyTooLong }
            return .stdinEnd
        case (.over, _): return .skip
        default: throw .unexpected(head.type ?? .stdin)
        }
    }

    private mutating func take(_ bytes: ByteBuffer) throws(FastCGIFault) -> Event? {
        switch handling {
        case .skip, .paramsEnd, .stdinEnd: return .handled
        case .params: return takeParams(bytes)
        case .stdin: return try takeInput(bytes)
        case .collect(let head, var content):
            let room = Self.managementBytes - content.readableBytes
            if let piece = bytes.getSlice(at: bytes.readerIndex, length: min(room, bytes.readableBytes)) {
                content.writeImmutableBuffer(piece)
            }
            handling = .collect(head, content)
            return nil
        }
    }

    private mutating func takeParams(_ bytes: ByteBuffer) -> Event? {
        guard case .params(var collected) = open?.stage else { return nil }
        // It is not to be copied while it grows.
        open?.stage = .over
        collected.writeImmutableBuffer(bytes)
        // Each variable has at most eight bytes of lengths.
        guard collected.readableBytes <= limits.variables.bytes + 8 * limits.variables.count else {
            handling = .skip
            return .refused(.headTooLarge(limit: limits.variables.bytes))
        }
        open?.stage = .params(collected)
        return nil
    }

    private mutating func takeInput(_ bytes: ByteBuffer) throws(FastCGIFault) -> Event? {
        guard case .body(let left, let isExact) = open?.stage else { return .handled }
        guard bytes.readableBytes <= left else {
            guard !isExact else { throw .bodyTooLong }
            open?.stage = .over
            handling = .skip
            return .bodyFault(.bodyTooLarge(limit: limits.bodyBytes))
        }
        open?.stage = .body(left: left - bytes.readableBytes, isExact: isExact)
        return .data(bytes)
    }

    private mutating func finish(_ output: inout ByteBuffer) throws(FastCGIFault) -> Event? {
        switch handling {
        case .skip, .params, .stdin: return nil
        case .paramsEnd: return try settle()
        case .stdinEnd: return endInput()
        case .collect(let head, let content):
            if head.request == 0 { return manage(head, content, &output) }
            if head.type == .abortRequest {
                open?.stage = .over
                return .aborted
            }
            guard let beginning = FastCGIBeginning(content) else { throw .length(.beginRequest, head.length) }
            return try begin(head.request, beginning, &output)
        }
    }

    private mutating func begin(
        _ number: UInt16,
        _ beginning: FastCGIBeginning,
        _ output: inout ByteBuffer
    ) throws(FastCGIFault) -> Event? {
        if let open {
            guard open.number != number else { throw .begunTwice(number) }
            output.writeRecord(.endRequest, number, FastCGIEnding(status: .cannotMultiplex).content)
            return .handled
        }
        guard beginning.role == .responder else {
            output.writeRecord(.endRequest, number, FastCGIEnding(status: .unknownRole).content)
            isClosed = !beginning.keepsConnection
            return isClosed ? .close(nil) : .handled
        }
        open = Open(number: number, keepsConnection: beginning.keepsConnection)
        return nil
    }

    /// The parameters are whole.
    private mutating func settle() throws(FastCGIFault) -> Event? {
        guard case .params(let collected) = open?.stage else { return nil }
        open?.stage = .over
        do throws(FastCGINameValues.Problem) {
            let variables = try FastCGINameValues.read(collected, limits: limits.variables)
            guard let length = FastCGIBodyLength(variables) else { return .refused(.invalidContentLength) }
            switch length {
            case .none: open?.stage = .bodiless
            case .known(let count):
                guard count <= limits.bodyBytes else { return .refused(.bodyTooLarge(limit: limits.bodyBytes)) }
                open?.stage = .body(left: count, isExact: true)
            case .unknown:
                open?.stage = .settled(variables)
                return nil
            }
            return .request(variables, length)
        } catch {
            switch error {
            case .fault(let fault): throw fault
            case .overflow(.tooManyBytes(let limit)): return .refused(.headTooLarge(limit: limit))
            case .overflow(.tooManyVariables(let limit)): return .refused(.tooManyFields(limit: limit))
            }
        }
    }

    private mutating func endInput() -> Event? {
        guard let stage = open?.stage else { return nil }
        open?.stage = .over
        switch stage {
        case .settled(let variables): return .request(variables, .none)
        case .body(let left, let isExact): return isExact && left > 0 ? .bodyFault(.bodyCutShort) : .bodyEnd
        case .params, .bodiless, .over: return nil
        }
    }

    /// A record about the connection (FastCGI 1.0 section 4).
    private func manage(_ head: FastCGIRecordHead, _ content: ByteBuffer, _ output: inout ByteBuffer) -> Event {
        var answer = ByteBuffer()
        guard head.type == .getValues else {
            answer.writeMultipleIntegers(head.number, UInt8(0), UInt16(0), UInt32(0))
            output.writeRecord(.unknownType, 0, answer)
            return .handled
        }
        // What does not end where it says asks for nothing.
        let most = CGIVariables.Limits(bytes: Self.managementBytes, count: 64)
        let asked = try? FastCGINameValues.read(content, limits: most)
        let known = [
            ("FCGI_MAX_CONNS", "\(limits.connections)"), ("FCGI_MAX_REQS", "\(limits.connections)"),
            ("FCGI_MPXS_CONNS", "0"),
        ]
        for (name, value) in known where asked?[name] != nil {
            FastCGINameValues.write(name.utf8, value.utf8, into: &answer)
        }
        output.writeRecord(.getValuesResult, 0, answer)
        return .handled
    }
}

// MARK: - Writing

extension FastCGIServerMachine {
    /// Writes a part of the answer: the head as CGI programs write it, and the body.
    package func write(_ bytes: ByteBuffer, into output: inout ByteBuffer) {
        if let open { output.writeStream(.stdout, open.number, bytes) }
    }

    /// The answer is complete, or breaks off.
    ///
    /// - Parameter application: what a CGI program would have exited with: not 0 for an answer that is not whole.
    package mutating func end(application: UInt32 = 0, into output: inout ByteBuffer) -> Next {
        guard let open else { return .close }
        self.open = nil
        output.writeRecord(.stdout, open.number)
        output.writeRecord(.endRequest, open.number, FastCGIEnding(application: application).content)
        return open.keepsConnection && !isEnding && !isClosed ? .request : .close
    }
}
