package import NIOCore

/// The web server's side of a FastCGI connection: one request after the other, and what an application such as php-fpm answers. Bytes
/// and events in, events and bytes out; no sockets, no time.
///
/// The rules:
///
/// 1. One request at a time, always as number 1: PHP and most others answer no more.
/// 2. What comes is for that request. A record for another one, one that nobody has asked for, and bytes behind the end break the
///    protocol, and the connection is of no more use.
/// 3. The answer ends with FCGI_END_REQUEST. A connection that closes before it has broken the answer off.
/// 4. FCGI_STDOUT need not be ended: PHP does not.
/// 5. The answer may end before the body has been sent. Then the connection is of no more use either.
package struct FastCGIClientMachine: Sendable {
    package enum Event: Sendable, Equatable {
        /// Nothing to do before more bytes arrive.
        case needsMore
        /// A part of the answer, as a CGI program would write it.
        case output(ByteBuffer)
        /// What the application has to say to whoever runs it.
        case errors(ByteBuffer)
        case end(FastCGIEnding)
        /// The answer, if it is not over, is broken off; close the connection.
        case fault(FastCGIFault)
    }

    private enum Reading: Sendable {
        case idle
        case answer(hasOutputEnded: Bool)
        /// Nothing is read any more.
        case ended
    }

    private enum Writing: Sendable {
        case idle
        case body
    }

    /// What becomes of the record that is being read.
    private enum Handling: Sendable {
        case output, errors
        case ending(ByteBuffer)
    }

    /// Whether the application is asked to keep the connection.
    private let keepsConnection: Bool
    private var reader = FastCGIRecordReader()
    private var handling = Handling.output
    private var reading = Reading.idle
    private var writing = Writing.idle

    private static let number: UInt16 = 1

    package init(keepsConnection: Bool) { self.keepsConnection = keepsConnection }

    /// Whether another request can be sent over this connection.
    package var isReusable: Bool {
        guard case .idle = reading, case .idle = writing else { return false }
        return keepsConnection
    }
}

// MARK: - Writing

extension FastCGIClientMachine {
    /// Begins a request. ``writeBody(_:into:)`` and ``endBody(into:)`` follow.
    package mutating func begin(_ variables: CGIVariables, into output: inout ByteBuffer) {
        reading = .answer(hasOutputEnded: false)
        writing = .body
        let beginning = FastCGIBeginning(role: .responder, keepsConnection: keepsConnection)
        output.writeRecord(.beginRequest, Self.number, beginning.content)
        var params = ByteBuffer()
        FastCGINameValues.write(variables, into: &params)
        output.writeStream(.params, Self.number, params)
        output.writeRecord(.params, Self.number)
    }

    package func writeBody(_ bytes: ByteBuffer, into output: inout ByteBuffer) {
        if case .body = writing { output.writeStream(.stdin, Self.number, bytes) }
    }

    package mutating func endBody(into output: inout ByteBuffer) {
        guard case .body = writing else { return }
        writing = .idle
        output.writeRecord(.stdin, Self.number)
    }

    /// The answer is not wanted any more. Most applications do not look at that while they work: close the connection as well.
    package func abort(into output: inout ByteBuffer) {
        if case .answer = reading { output.writeRecord(.abortRequest, Self.number) }
    }
}

// MARK: - Reading

extension FastCGIClientMachine {
    /// Takes the next step over the bytes that have arrived, and removes those that it has handled from `input`.
    package mutating func receive(_ input: inout ByteBuffer) -> Event {
        switch reading {
        case .ended:
            input.clear()
            return .needsMore
        case .idle:
            return input.readableBytes > 0 || !reader.isBetweenRecords ? skipPadding(&input) : .needsMore
        case .answer: break
        }
        do throws(FastCGIFault) {
            while let part = try reader.next(&input) {
                if let event = try handle(part) { return event }
            }
            return .needsMore
        } catch {
            return fail(error, &input)
        }
    }

    /// The application has closed the connection.
    package mutating func inputEnded() -> Event {
        defer { reading = .ended }
        if case .answer = reading { return .fault(.cutShort) }
        return .needsMore
    }

    /// Behind an answer nothing may come but the padding of its last record.
    private mutating func skipPadding(_ input: inout ByteBuffer) -> Event {
        guard !reader.isBetweenRecords else { return fail(.bytesBehindEnd, &input) }
        do throws(FastCGIFault) {
            guard try reader.next(&input) == nil, input.readableBytes == 0 else {
                return fail(.bytesBehindEnd, &input)
            }
            return .needsMore
        } catch {
            return fail(.bytesBehindEnd, &input)
        }
    }

    private mutating func fail(_ fault: FastCGIFault, _ input: inout ByteBuffer) -> Event {
        reading = .ended
        input.clear()
        return .fault(fault)
    }

    private mutating func handle(_ part: FastCGIRecordReader.Part) throws(FastCGIFault) -> Event? {
        switch part {
        case .head(let head):
            try begin(head)
            return nil
        case .content(let bytes):
            switch handling {
            case .output: return .output(bytes)
            case .errors: return .errors(bytes)
            case .ending(var content):
                content.writeImmutableBuffer(bytes)
                handling = .ending(content)
                return nil
            }
        case .end:
            guard case .ending(let content) = handling else { return nil }
            guard let ending = FastCGIEnding(content) else { throw .unexpected(.endRequest) }
            handling = .output
            reading = .idle
            return .end(ending)
        }
    }

    private mutating func begin(_ head: FastCGIRecordHead) throws(FastCGIFault) {
        guard let type = head.type else { throw .unknownRecord(head.number) }
        // Nobody has asked for what is about the connection.
        guard head.request == Self.number else {
            throw head.request == 0 ? .unexpected(type) : .unknownRequest(head.request)
        }
        switch type {
        case .stdout:
            guard case .answer(hasOutputEnded: false) = reading else { throw .unexpected(.stdout) }
            if head.length == 0 { reading = .answer(hasOutputEnded: true) }
            handling = .output
        case .stderr: handling = .errors
        case .endRequest:
            guard head.length == FastCGIEnding.size else { throw .length(.endRequest, head.length) }
            handling = .ending(ByteBuffer())
        case .beginRequest, .abortRequest, .params, .stdin, .data, .getValues, .getValuesResult, .unknownType:
            throw .unexpected(type)
        }
    }
}
