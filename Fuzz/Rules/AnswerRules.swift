import HTTPTypes
import MartletBytes
import MartletGateway
import MartletHTTP1
import NIOCore

/// What holds for all bytes of an HTTP/1 upstream:
///
/// 1. However they are cut, the same answer is read, and the same is wrong with it.
/// 2. What is passed on of a head is well formed, and has nothing in it about the connection.
/// 3. An answer that was accepted is read again as the same when it is written down.
/// 4. No more waits to be read than a head may have.
enum AnswerRules {
    static func check(_ bytes: [UInt8]) throws {
        for isHead in [false, true] {
            let whole = try ReadAnswer.of([bytes[...]], isHead: isHead)
            for pieces in Cuts.all(bytes) {
                let other = try ReadAnswer.of(pieces, isHead: isHead)
                try BrokenRule.unless(other, is: whole, "the answer depends on where it is cut")
            }
            guard let head = whole.head, whole.fault == nil else { continue }
            try BrokenRule.unless(head.headers.fault == nil, "a field that must not be sent: \(head.headers)")
            let about = head.headers.notable.intersection([.aboutConnection, .contentLength])
            try BrokenRule.unless(
                about.isEmpty || head.status.code == 101 && about == .upgrade,
                "a field about the connection is passed on: \(head.headers)"
            )
            let again = try ReadAnswer.of([whole.written[...]], isHead: isHead)
            try BrokenRule.unless(again.head?.headers, is: head.headers, "an answer is not read as it was written")
            try BrokenRule.unless(again.body, is: whole.body, "a body is not read as it was written")
        }
    }
}

/// An answer as it was understood, up to its end or its fault.
private struct ReadAnswer: Equatable {
    private(set) var head: HTTP1ResponseHead?
    private(set) var ahead: [HTTP1ResponseHead] = []
    private(set) var body: [UInt8] = []
    private(set) var trailer: Headers?
    private(set) var fault: ResponseFault?

    static func of(_ pieces: [ArraySlice<UInt8>], isHead: Bool) throws -> ReadAnswer {
        var answer = ReadAnswer()
        var machine = HTTP1ClientMachine()
        var message = HTTP1Message()
        message.isHead = isHead
        machine.begin(message)
        var input = ByteBuffer()
        for piece in pieces {
            input.writeBytes(piece)
            if try answer.receive(&machine, &input) { return answer }
        }
        machine.inputClosed()
        _ = try answer.receive(&machine, &input)
        return answer
    }

    /// - Returns: whether it is at its end.
    private mutating func receive(_ machine: inout HTTP1ClientMachine, _ input: inout ByteBuffer) throws -> Bool {
        while true {
            switch machine.receive(&input) {
            case .needsMore:
                try BrokenRule.unless(input.readableBytes <= 1 << 15, "\(input.readableBytes) bytes wait")
                return false
            case .informational(let head): ahead.append(head)
            case .answer(let head, _), .switched(let head): self.head = head
            case .data(let bytes): body += bytes.readableBytesView
            case .end(let trailer):
                self.trailer = trailer
                return true
            case .fault(let fault):
                self.fault = fault
                return true
            case .closed: return true
            }
        }
    }

    /// An upstream's way to write it: its end is that of the connection.
    var written: [UInt8] {
        guard let head else { return [] }
        return Array("HTTP/1.1 \(head.status.code) x\r\n".utf8) + head.headers.block + Array("\r\n".utf8) + body
    }
}
