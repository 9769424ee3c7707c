package import MartletGateway
package import MartletHTTP1
package import NIOCore

/// A connection with one request and one answer: uwsgi, SCGI and what a CGI program was started with, which differ in how the
/// variables come and how the answer begins.
///
/// | Reading | Writing |
/// |---|---|
/// | `head` | `idle` |
/// | `body`, `openBody`, `whole` | `head`, then `body` |
/// | `raw` | `raw` |
/// | `ended` | `head` while a fault is answered, else `ended` |
///
/// Bytes behind the body are thrown away: the protocols have none.
package struct OneRequestMachine: CGIMachine {
    private enum Reading: Sendable, Equatable {
        case head(hasBegun: Bool)
        /// So many bytes of the body are missing.
        case body(left: Int)
        /// The body ends with the input, and may have so many bytes more.
        case openBody(room: Int, limit: Int)
        case whole
        case raw
        case ended
    }

    package let carrier: CGIProtocol
    package private(set) var variables: CGIVariables
    package var answer = CGIAnswer()
    package private(set) var inputIsClosed = false
    private var reading = Reading.head(hasBegun: false)
    private var style: CGIHeadStyle

    /// - Parameter carrier: any but FastCGI.
    package init(_ carrier: CGIProtocol, limits: CGIVariables.Limits) {
        self.carrier = carrier
        variables = CGIVariables(limits: limits)
        style = carrier == .uwsgi ? .statusLine : .statusField
    }

    package var isIdle: Bool { reading == .head(hasBegun: false) }

    package var isReadingHead: Bool {
        if case .head = reading { true } else { false }
    }

    package var isReadingBody: Bool {
        switch reading {
        case .body, .openBody: true
        case .head, .whole, .raw, .ended: false
        }
    }

    package var isDiscarding: Bool { reading == .ended }
}

// MARK: - Reading

extension OneRequestMachine {
    package mutating func receive(_ input: inout ByteBuffer, replies: inout ByteBuffer) -> CGIEvent {
        switch reading {
        case .head(let hasBegun): return readHead(&input, hasBegun)
        case .body(let left): return readBody(&input, left)
        case .openBody(let room, let limit): return readOpenBody(&input, room, limit)
        case .raw: return readRaw(&input)
        case .whole, .ended:
            guard input.readableBytes > 0 else { return .needsMore }
            input.clear()
            return .discarded
        }
    }

    private mutating func readHead(_ input: inout ByteBuffer, _ hasBegun: Bool) -> CGIEvent {
        guard input.readableBytes > 0 else { return inputIsClosed ? .close : .needsMore }
        do throws(CGIFault) {
            let found =
                carrier == .uwsgi
                ? try UWSGIPacket.read(&input, limits: variables.limits)
                : try SCGIHeaders.read(&input, limits: variables.limits)
            if let found {
                variables = found
                reading = .whole
                answer.writing = .head
                return .request
            }
        } catch { return .fault(error) }
        if inputIsClosed { return .close }
        if hasBegun { return .needsMore }
        reading = .head(hasBegun: true)
        return .begun
    }

    package mutating func takeBody(_ said: CGIRequest.Length, limit: Int, _ input: inout ByteBuffer) -> HTTP1Body {
        let length: Int
        switch said {
        case .none: return .none
        case .open:
            reading = .openBody(room: limit, limit: limit)
            return .open(length: nil, first: ByteBuffer())
        case .known(let count): length = count
        }
        if let whole = input.readSlice(length: length) { return .whole(whole) }
        let first = input
        input = ByteBuffer()
        reading = .body(left: length &- first.readableBytes)
        return .open(length: length, first: first)
    }

    private mutating func readBody(_ input: inout ByteBuffer, _ left: Int) -> CGIEvent {
        guard left > 0 else {
            reading = .whole
            return .bodyEnd
        }
        guard let part = input.readSlice(length: min(left, input.readableBytes)), part.readableBytes > 0 else {
            guard inputIsClosed else { return .needsMore }
            reading = .whole
            return .bodyFault(.bodyCutShort)
        }
        reading = .body(left: left &- part.readableBytes)
        return .data(part)
    }

    private mutating func readOpenBody(_ input: inout ByteBuffer, _ room: Int, _ limit: Int) -> CGIEvent {
        guard input.readableBytes > 0 else {
            guard inputIsClosed else { return .needsMore }
            reading = .whole
            return .bodyEnd
        }
        guard input.readableBytes <= room else {
            reading = .ended
            return .bodyFault(.bodyTooLarge(limit: limit))
        }
        let part = input
        input = ByteBuffer()
        reading = .openBody(room: room &- part.readableBytes, limit: limit)
        return .data(part)
    }

    private mutating func readRaw(_ input: inout ByteBuffer) -> CGIEvent {
        if input.readableBytes > 0 {
            let bytes = input
            input = ByteBuffer()
            return .data(bytes)
        }
        guard inputIsClosed else { return .needsMore }
        reading = .ended
        return .bodyEnd
    }

    package mutating func refuse(_ fault: CGIFault) {
        answer.writing = .head
        reading = .ended
        if case .speaksHTTP = fault { style = .statusLine }
    }

    package mutating func breakBody() { if isReadingBody { reading = .ended } }

    package mutating func inputClosed() { inputIsClosed = true }
}

// MARK: - Writing

extension OneRequestMachine {
    package static var pieceBytes: Int? { nil }

    package func openPiece(_ count: Int, into output: inout ByteBuffer) {}

    package func closePiece(_ count: Int, into output: inout ByteBuffer) {}

    package func writeHead(
        of response: Response,
        _ framing: ResponseFraming,
        isUpgrade: Bool,
        into output: inout ByteBuffer
    ) {
        style.write(response.status, response.headers, framing, isUpgrade: isUpgrade, into: &output)
    }

    package mutating func finishAnswer(into output: inout ByteBuffer) -> CGINext {
        end()
        return .close
    }

    package var canLeave: Bool { reading == .whole }

    package mutating func leave() {
        reading = .raw
        answer.writing = .raw
    }

    package mutating func end() {
        reading = .ended
        answer.writing = .ended
    }
}
