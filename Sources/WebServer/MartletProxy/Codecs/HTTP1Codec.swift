import MartletBytes
import MartletGateway
import MartletHTTP1
import NIOCore

/// HTTP/1.1 to an upstream.
final class HTTP1Codec: UpstreamCodec {
    @exclusivity(unchecked) private var machine: HTTP1ClientMachine

    /// An answer's head may be as large as one of a request. nginx: `proxy_buffer_size 4k|8k`, Apache
    /// `ResponseFieldSize 8192`, HAProxy `tune.bufsize 16384`; Django's cookies and CSP make larger ones.
    private static let limits = HeadLimits(headBytes: 65_535, fields: 200)

    private let authority: [UInt8]

    /// - Parameter authority: the upstream's own name.
    init(authority: [UInt8]) {
        self.authority = authority
        machine = HTTP1ClientMachine(limits: Self.limits)
    }

    var isIdle: Bool { machine.isIdle }
    var hasReceived: Bool { machine.hasReceived }
    var isSendingBody: Bool { machine.isSendingBody }
    var keepAliveSeconds: Int? { machine.keepAliveSeconds }

    func begin(_ request: OutgoingRequest, framing: MessageFraming, into output: inout ByteBuffer) throws {
        var line = RequestEncoder.Line(
            target: request.target,
            host: request.host(of: authority),
            added: request.ownLines,
            upgrade: request.upgrade
        )
        line.takesTrailers = request.takesTrailers
        // Nothing can stand behind a body whose length was said.
        let hasTrailer = framing != .none && request.request.body.trailer != nil
        let framing = hasTrailer ? .chunked : framing
        try RequestEncoder.write(
            line,
            of: request.request.head,
            framing: framing,
            announcesNone: framing == .none && request.expectsBody,
            without: request.leavesOut,
            into: &output
        )
        var message = HTTP1Message()
        message.framing = framing
        message.isHead = request.isHead
        message.wantsUpgrade = request.upgrade != nil
        machine.begin(message)
    }

    func encode(_ bytes: ByteBuffer, _ send: (ByteBuffer) -> Void) throws(BodyTooLong) {
        guard bytes.readableBytes > 0 else { return }
        var frame = ByteBuffer()
        try machine.beginPiece(bytes.readableBytes, into: &frame)
        if frame.readableBytes > 0 { send(frame) }
        send(bytes)
        frame.clear()
        machine.endPiece(into: &frame)
        if frame.readableBytes > 0 { send(frame) }
    }

    func endBody(into output: inout ByteBuffer) -> Bool { endBody(trailer: nil, into: &output) }

    func endBody(trailer: Headers?, into output: inout ByteBuffer) -> Bool {
        machine.endBody(trailer: trailer, into: &output)
    }

    func inputClosed() { machine.inputClosed() }

    func takeRest(_ input: inout ByteBuffer) -> ByteBuffer? { machine.takeRest(&input) }

    func receive(_ input: inout ByteBuffer) -> UpstreamEvent {
        switch machine.receive(&input) {
        case .needsMore: return .needsMore
        case .informational(let head): return .informational(head.status, head.headers)
        case .switched(let head): return .switched(head.status, head.headers)
        case .data(let bytes): return .data(bytes)
        case .end(let trailer): return .end(trailer: trailer)
        case .closed: return .closed
        case .fault(let fault): return .fault(UpstreamFault("\(fault)", isEnd: fault == .closedBeforeAnswer))
        case .answer(let head, let body):
            var answer = UpstreamAnswer(status: head.status, headers: head.headers, body: body)
            // Elsewhere the server writes it itself. Here it is that of an answer that is not sent.
            if body == .none, let length = head.announcedLength {
                answer.headers.append("Content-Length", "\(length)")
            }
            return .answer(answer)
        }
    }
}
