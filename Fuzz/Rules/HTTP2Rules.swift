import HTTPTypes
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// What holds for all bytes that an HTTP/2 client sends after its preface and its SETTINGS:
///
/// 1. However they are cut, the same requests are read, and the connection ends alike.
/// 2. What is sent is in proportion to what was received.
/// 3. No more waits to be read than a frame has.
enum HTTP2Rules {
    static let begin = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    static func check(_ bytes: [UInt8]) throws {
        let whole = try HTTP2Conversation.of([begin + bytes].map { $0[...] }, answer: 0)
        for pieces in Cuts.all(bytes) {
            let other = try HTTP2Conversation.of([begin[...]] + pieces, answer: 0)
            try BrokenRule.unless(other.events, is: whole.events, "the events depend on where the bytes are cut")
        }
        // With a body, what is written when depends on the client's windows: there it has to be bounded.
        _ = try HTTP2Conversation.of([begin + bytes].map { $0[...] }, answer: 3000)
    }
}

/// A machine whose application answers each request when its body is there.
struct HTTP2Conversation: ~Copyable {
    private(set) var events: [String] = []
    private var machine = HTTP2Machine(limits: HTTP2Limits(bodyBytes: 100_000))
    private var encoder = HTTP2ResponseEncoder()
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    private var received = 0
    private var sent = 0
    private var hasEnded = false
    private var requests: [UInt32: (head: String, body: [UInt8])] = [:]
    private let answerBytes: Int

    static func of(_ pieces: [ArraySlice<UInt8>], answer: Int) throws -> HTTP2Conversation {
        var conversation = HTTP2Conversation(answer)
        for piece in pieces where !conversation.hasEnded {
            conversation.input.writeBytes(piece)
            conversation.received += piece.count
            try conversation.receive()
        }
        return conversation
    }

    private init(_ answerBytes: Int) { self.answerBytes = answerBytes }

    private mutating func receive() throws {
        while true {
            let head = RequestHead()
            let event = machine.receive(&input, into: head, &output)
            if case .needsMore = event {
                return try BrokenRule.unless(input.readableBytes <= 16_384 + 9, "\(input.readableBytes) bytes wait")
            }
            take(event, head)
            while machine.streams.hasSendable { machine.streams.pump(into: &output, upTo: .max) }
            machine.streams.clearFinished(into: &output)
            sent += output.readableBytes
            output.clear()
            let most = 4096 + received * (64 + answerBytes)
            try BrokenRule.unless(sent <= most, "\(sent) bytes for \(received)")
            if hasEnded { return }
        }
    }

    private mutating func take(_ event: HTTP2Machine.Event, _ head: RequestHead) {
        switch event {
        case .needsMore: break
        case .request(let id, let message, let body):
            let fields = head.fields.map { "\(head.string($0.name)): \(head.string($0.value))" }
            let line = "\(id): \(head.string(head.method)) \(head.string(head.target)) \(fields) \(message)"
            requests[id] = (line, [])
            switch body {
            case .none: answer(id)
            case .whole(let bytes):
                requests[id]?.body = Array(bytes.readableBytesView)
                answer(id)
            case .open: break
            }
        case .data(let id, let bytes):
            requests[id]?.body += bytes.readableBytesView
            machine.streams.used(bytes.readableBytes, by: id, into: &output)
        case .bodyEnd(let id, let trailer):
            if let trailer { events.append("\(id): trailer \(trailer.pairs)") }
            answer(id)
        case .refused(let id, let fault), .fault(let id, let fault):
            requests[id] = nil
            events.append("\(id): \(fault.status.code)")
            write(id, status: fault.status.code, 0)
        case .lost(let id):
            requests[id] = nil
            events.append("\(id): lost")
        case .farewell: events.append("farewell")
        case .heardFarewell: machine.refuseRequests(into: &output)
        case .close(let error):
            events.append("close: \(error)")
            hasEnded = true
        }
    }

    private mutating func answer(_ id: UInt32) {
        guard let request = requests.removeValue(forKey: id) else { return }
        events.append("\(request.head) with \(request.body)")
        write(id, status: 200, answerBytes)
    }

    private mutating func write(_ id: UInt32, status: Int, _ count: Int) {
        let body = count > 0 ? ResponseFraming.Body.known(count) : .empty
        let hasBody = machine.streams.writeHead(
            id,
            status: status,
            headers: Headers(),
            body: body,
            with: &encoder,
            into: &output
        )
        guard hasBody, count > 0, (try? machine.streams.countBody(count, of: id)) != nil else {
            return machine.streams.end(id, into: &output)
        }
        machine.streams.write(ByteBuffer(repeating: 0x61, count: count), of: id, into: &output)
        machine.streams.end(id, into: &output)
    }
}
