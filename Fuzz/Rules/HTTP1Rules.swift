import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore

/// What holds for all bytes of an HTTP/1 client:
///
/// 1. However they are cut, the same requests are read, and the connection ends alike.
/// 2. An application that does not read bodies sees the same requests: nothing of a body is taken for another one.
/// 3. A request that was accepted is read again as the same when it is written down.
/// 4. No more waits to be read than a head may have.
enum HTTP1Rules {
    static func check(_ bytes: [UInt8]) throws {
        let whole = try HTTP1Conversation.of([bytes[...]], readsBodies: true)
        for pieces in Cuts.all(bytes) {
            let other = try HTTP1Conversation.of(pieces, readsBodies: true)
            try BrokenRule.unless(other.requests, is: whole.requests, "the requests depend on where they are cut")
            try BrokenRule.unless(other.ending, is: whole.ending, "the end depends on where they are cut")
        }
        let unread = try HTTP1Conversation.of([bytes[...]], readsBodies: false)
        let (some, all) = (unread.requests.map(\.head), whole.requests.map(\.head))
        let common = min(some.count, all.count)
        try BrokenRule.unless(Array(some[..<common]), is: Array(all[..<common]), "an unread body changes a request")
        // The last one may have a body that is not whole, which does not matter to whoever does not read it.
        try BrokenRule.unless(some.count <= all.count + 1, "unread bodies become requests: \(some)")
        for request in whole.requests {
            let written = request.written
            guard written.count < 30_000 else { continue }
            let again = try HTTP1Conversation.of([written[...]], readsBodies: true)
            try BrokenRule.unless(again.requests, is: [request], "a request is not read as it was written")
        }
    }
}

/// A request as it was understood.
struct HTTP1Request: Equatable {
    struct Head: Equatable {
        var line: [[UInt8]]
        var fields: [[[UInt8]]]
    }

    var head: Head
    var body: [UInt8] = []

    init(_ head: RequestHead) {
        self.head = Head(
            line: [Array(head.slice(head.method)), Array(head.slice(head.target)), Array("\(head.version)".utf8)],
            fields: head.fields.map { [Array(head.slice($0.name)), Array(head.slice($0.value))] }
        )
    }

    /// A client's way to write it.
    var written: [UInt8] {
        var bytes = Array(head.line.joined(separator: " ".utf8)) + Array("\r\n".utf8)
        for field in head.fields { bytes += Array(field.joined(separator: ": ".utf8)) + Array("\r\n".utf8) }
        bytes += "\r\n".utf8
        guard
            head.fields.contains(where: { String(decoding: $0[0], as: UTF8.self).lowercased() == "transfer-encoding" })
        else { return bytes + body }
        if !body.isEmpty {
            bytes += Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }
}

/// A machine whose application answers each request with nothing.
struct HTTP1Conversation: ~Copyable {
    private(set) var requests: [HTTP1Request] = []
    private(set) var ending: String?
    private var machine = HTTP1Machine(limits: HeadLimits(), bodyBytes: 1 << 20, unreadBytes: 1 << 12)
    private var input = ByteBuffer()
    private var current: HTTP1Request?
    private let readsBodies: Bool

    static func of(_ pieces: [ArraySlice<UInt8>], readsBodies: Bool) throws -> HTTP1Conversation {
        var conversation = HTTP1Conversation(readsBodies: readsBodies)
        for piece in pieces where conversation.ending == nil {
            conversation.input.writeBytes(piece)
            try conversation.receive()
        }
        conversation.machine.inputClosed()
        try conversation.receive()
        return conversation
    }

    private init(readsBodies: Bool) { self.readsBodies = readsBodies }

    private mutating func receive() throws {
        while ending == nil {
            let head = RequestHead()
            switch machine.receive(&input, into: head) {
            case .needsMore:
                return try BrokenRule.unless(input.readableBytes <= 1 << 16, "\(input.readableBytes) bytes wait")
            case .headBegun, .discarded, .nextRequest: continue
            case .request(_, let body): take(head, body)
            case .data(let bytes): current?.body += bytes.readableBytesView
            case .bodyEnd: answer()
            case .fault(let fault):
                current = nil
                ending = "fault \(fault.status.code)"
            case .close: ending = "close"
            }
        }
    }

    private mutating func take(_ head: RequestHead, _ body: HTTP1Body) {
        current = HTTP1Request(head)
        switch body {
        case .none: answer()
        case .whole(let bytes):
            current?.body = Array(bytes.readableBytesView)
            answer()
        case .open(_, let first):
            current?.body = Array(first.readableBytesView)
            if !readsBodies { answer() }
        }
    }

    private mutating func answer() {
        guard let request = current else { return }
        requests.append(request)
        current = nil
        let hasInput = input.readableBytes > 0
        _ = machine.beginAnswer(status: 200, headers: Headers(), body: .empty, hasInput: hasInput)
        if machine.next(hasInput: hasInput) == .close { ending = "close" }
    }
}
