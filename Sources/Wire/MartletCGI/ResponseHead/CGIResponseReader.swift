package import NIOCore

/// Reads a whole answer as a CGI program writes it: the head, and a body that has to be as long as the head says.
///
/// The rules:
///
/// 1. An answer to HEAD, and one whose status has no body, ends with its head; what is written behind it is read and dropped.
/// 2. A body that is longer than its Content-Length is ambiguous, and a shorter one broken off. Where that is known before anything
///    was passed on, nothing is.
/// 3. An announced body ends with its last byte. What comes behind it is a fault still, so that the connection that it came over is
///    not used again.
/// 4. Without Content-Length the end of the output is the end of the body.
package struct CGIResponseReader: Sendable {
    package enum Event: Sendable, Equatable {
        /// Nothing to do before more bytes arrive.
        case needsMore
        /// The head; the body follows, and ``end``.
        case head(CGIResponseHead, hasBody: Bool)
        /// The answer is that of a GET of another path of this site. Nothing follows.
        case localRedirect(String)
        /// Never empty.
        case data(ByteBuffer)
        /// The answer is whole.
        case end
        case fault(CGIResponseFault)
    }

    private enum State: Sendable {
        case head(CGIHeadParser)
        /// How much of the announced body is missing; nil where nothing was announced.
        case body(length: Int, left: Int)
        case openBody
        /// All of the announced body was there.
        case whole(length: Int)
        /// What comes is dropped.
        case bodiless
        case over
    }

    private let isHead: Bool
    private var state: State
    private var hasEnded = false

    /// - Parameter isHead: whether the request is a HEAD.
    package init(
        form: CGIHeadParser.Form = .cgi,
        limits: CGIHeadParser.Limits = CGIHeadParser.Limits(),
        isHead: Bool = false
    ) {
        self.isHead = isHead
        state = .head(CGIHeadParser(form: form, limits: limits))
    }

    /// The output of the program has ended: no more bytes will be given.
    package mutating func inputEnded() { hasEnded = true }

    /// Takes the next step over the bytes that have arrived, and removes those that it has handled from `input`.
    package mutating func next(_ input: inout ByteBuffer) -> Event {
        switch state {
        case .head(var parser):
            let reading = input.withUnsafeReadableBytes { parser.parse($0) }
            switch reading {
            case .needsMore:
                state = .head(parser)
                return hasEnded ? fail(.noHead(bytes: input.readableBytes)) : .needsMore
            case .fault(let fault): return fail(fault)
            case .complete(let length, let meaning):
                input.moveReaderIndex(forwardBy: length)
                return begin(meaning, input.readableBytes)
            }
        case .body(let length, let left): return readBody(&input, length, left)
        case .openBody:
            if let bytes = Self.take(&input) { return .data(bytes) }
            return hasEnded ? end() : .needsMore
        case .whole(let length):
            guard input.readableBytes > 0 else { return .needsMore }
            input.clear()
            return fail(.bodyTooLong(length: length))
        case .bodiless:
            input.clear()
            return hasEnded ? end() : .needsMore
        case .over:
            input.clear()
            return .needsMore
        }
    }

    private mutating func begin(_ meaning: CGIResponseHead.Meaning, _ count: Int) -> Event {
        switch meaning {
        case .localRedirect(let path):
            state = .over
            return .localRedirect(path)
        case .answer(let head):
            guard !isHead, head.allowsBody else {
                state = .bodiless
                return .head(head, hasBody: false)
            }
            guard let length = head.length else {
                state = .openBody
                return .head(head, hasBody: true)
            }
            if count > length { return fail(.bodyTooLong(length: length)) }
            if hasEnded, count < length { return fail(.bodyTooShort(length: length, missing: length - count)) }
            state = .body(length: length, left: length)
            return .head(head, hasBody: true)
        }
    }

    private mutating func readBody(_ input: inout ByteBuffer, _ length: Int, _ left: Int) -> Event {
        guard input.readableBytes <= left else { return fail(.bodyTooLong(length: length)) }
        if let bytes = Self.take(&input) {
            state = .body(length: length, left: left - bytes.readableBytes)
            return .data(bytes)
        }
        if left == 0 {
            state = .whole(length: length)
            return .end
        }
        return hasEnded ? fail(.bodyTooShort(length: length, missing: left)) : .needsMore
    }

    private static func take(_ input: inout ByteBuffer) -> ByteBuffer? {
        input.readableBytes > 0 ? input.readSlice(length: input.readableBytes) : nil
    }

    private mutating func end() -> Event {
        state = .over
        return .end
    }

    private mutating func fail(_ fault: CGIResponseFault) -> Event {
        state = .over
        return .fault(fault)
    }
}
