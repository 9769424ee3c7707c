import HTTPTypes
import MartletBytes
import MartletGateway
import MartletHTTP1
import MartletHTTP2
import NIOCore

/// What holds for all bytes that an HTTP/2 upstream sends after its SETTINGS:
///
/// 1. However they are cut, the same answers are read, and the connection ends alike.
/// 2. What is passed on of a head is well formed, and has nothing in it about the connection.
/// 3. What is sent is in proportion to what was received, and no more waits to be read than a frame has.
enum HTTP2AnswerRules {
    static let begin: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

    static func check(_ bytes: [UInt8]) throws {
        let whole = try HTTP2Answers.of([bytes[...]])
        for pieces in Cuts.all(bytes) {
            try BrokenRule.unless(
                try HTTP2Answers.of(pieces),
                is: whole,
                "the answers depend on where the bytes are cut"
            )
        }
    }
}

/// What became of three requests: one alone, one to HEAD, one with a body.
private struct HTTP2Answers: Equatable {
    private var events: [String] = []
    private var bodies: [UInt32: [UInt8]] = [:]
    private var hasEnded = false
    private var received = 0
    private var sent = 0

    static func of(_ pieces: [ArraySlice<UInt8>]) throws -> HTTP2Answers {
        var answers = HTTP2Answers()
        var machine = HTTP2ClientMachine(head: HeadLimits(), streams: 3)
        var input = ByteBuffer(bytes: HTTP2AnswerRules.begin)
        var output = ByteBuffer()
        try answers.receive(&machine, &input, &output)
        for (isHead, framing) in [(false, MessageFraming.none), (true, .none), (false, .chunked)] {
            _ = machine.open([0x82, 0x84], framing: framing, isHead: isHead, mayHaveTrailer: false, into: &output)
        }
        machine.streams.write(ByteBuffer(repeating: 0x61, count: 3), of: 5, into: &output)
        machine.streams.end(5, into: &output)
        output.clear()
        for piece in pieces where !answers.hasEnded {
            input.writeBytes(piece)
            answers.received += piece.count
            try answers.receive(&machine, &input, &output)
        }
        answers.sent = 0
        answers.received = 0
        return answers
    }

    private mutating func receive(
        _ machine: inout HTTP2ClientMachine,
        _ input: inout ByteBuffer,
        _ output: inout ByteBuffer
    ) throws {
        while !hasEnded {
            let event = machine.receive(&input, into: &output)
            if case .needsMore = event {
                return try BrokenRule.unless(input.readableBytes <= 16_384 + 9, "\(input.readableBytes) bytes wait")
            }
            try take(event, &machine, &output)
            sent += output.readableBytes
            output.clear()
            try BrokenRule.unless(sent <= 4096 + received * 64, "\(sent) bytes for \(received)")
        }
    }

    private mutating func take(
        _ event: HTTP2ClientMachine.Event,
        _ machine: inout HTTP2ClientMachine,
        _ output: inout ByteBuffer
    ) throws {
        switch event {
        case .needsMore, .ready: break
        case .informational(let id, let status, let headers):
            try check(headers)
            events.append("\(id): \(status.code) \(headers.pairs)")
        case .answer(let id, let head, let body):
            try check(head.headers)
            events.append("\(id): \(head.status.code) \(head.headers.pairs) \(body)")
        case .data(let id, let bytes):
            bodies[id, default: []] += bytes.readableBytesView
            machine.streams.used(bytes.readableBytes, by: id, into: &output)
        case .end(let id, let trailer):
            if let trailer { try check(trailer) }
            events.append("\(id): \(bodies[id] ?? []) \(trailer?.pairs ?? [])")
        case .lost(let id, let loss): events.append("\(id): \(loss)")
        case .farewell: events.append("farewell")
        case .close(let fault):
            events.append("close: \(fault)")
            hasEnded = true
        }
    }

    private func check(_ headers: Headers) throws {
        try BrokenRule.unless(headers.fault == nil, "a field that must not be sent: \(headers)")
        let about = headers.notable.intersection([.aboutConnection, .contentLength])
        try BrokenRule.unless(about.isEmpty, "a field about the connection is passed on: \(headers)")
        try BrokenRule.unless(!headers.block.contains(0), "a zero is passed on: \(headers)")
    }
}
