import HTTPTypes
import MartletCGI
import MartletGateway
import NIOCore

/// What holds for all bytes of a web server that speaks FastCGI, of an application behind it, and of a script:
///
/// 1. What is said is the same wherever the bytes are cut, up to where a body is.
/// 2. After the end of a connection nothing is said any more.
/// 3. What is kept of parameters is bounded, and so is what is sent for what has come.
/// 4. A head that is accepted has no field that could be two.
enum FastCGIRules {
    static func checkServer(_ bytes: [UInt8]) throws {
        let whole = server([bytes[...]])
        try BrokenRule.unless(whole.sent <= 64 + bytes.count * 5, "\(whole.sent) bytes sent for \(bytes.count)")
        for pieces in Cuts.all(bytes) {
            let cut = server(pieces)
            try BrokenRule.unless(cut.said, is: whole.said, "FastCGI requests, cut")
            try BrokenRule.unless(cut.sent, is: whole.sent, "what is sent, cut")
        }
    }

    private static func server(_ pieces: [ArraySlice<UInt8>]) -> (said: [String], sent: Int) {
        var machine = FastCGIMachine(limits: CGIVariables.Limits(), connections: 10)
        var (said, sent, body) = ([String](), 0, 0)
        var (input, output) = (ByteBuffer(), ByteBuffer())
        func say(_ text: String) {
            if body > 0 { said.append("body \(body)") }
            body = 0
            said.append(text)
        }
        for piece in pieces {
            input.writeBytes(piece)
            reading: while true {
                let event = machine.receive(&input, replies: &output)
                switch event {
                case .needsMore: break reading
                case .begun, .discarded: break
                case .data(let bytes): body += bytes.readableBytes
                case .request:
                    let size = machine.variables.size
                    let length = machine.variables["CONTENT_LENGTH"].flatMap { Int($0) }.map { max(0, $0) }
                    let taken = machine.takeBody(length.map { .known($0) } ?? .none, limit: 1000, &input)
                    say("request \(size) \(machine.variables.entries.count) \(taken)")
                    // Half of them are answered at once.
                    if size % 2 == 0 { say("\(machine.finishAnswer(into: &output))") }
                case .fault(let fault):
                    // How much of a body was passed on before it was at fault is a matter of the cuts.
                    body = 0
                    say("fault \(fault)")
                    machine.refuse(fault)
                    say("\(machine.finishAnswer(into: &output))")
                case .bodyEnd: say("end")
                case .bodyFault(let fault):
                    body = 0
                    say("fault \(fault)")
                case .aborted: say("aborted \(machine.finishAnswer(into: &output))")
                case .close:
                    body = 0
                    say("close")
                    machine.end()
                }
                sent += output.readableBytes
                output.clear()
            }
            sent += output.readableBytes
            output.clear()
        }
        if body > 0 { said.append("body \(body)") }
        return (said, sent)
    }

    static func checkClient(_ bytes: [UInt8]) throws {
        let whole = client([bytes[...]])
        for pieces in Cuts.all(bytes) { try BrokenRule.unless(client(pieces), is: whole, "a FastCGI answer, cut") }
    }

    private static func client(_ pieces: [ArraySlice<UInt8>]) -> [String] {
        var machine = FastCGIClientMachine(keepsConnection: true)
        var output = ByteBuffer()
        machine.begin(CGIVariables(), into: &output)
        machine.endBody(into: &output)
        var reader = CGIResponseReader()
        var (said, input, answer, errors) = ([String](), ByteBuffer(), ByteBuffer(), ErrorLines())
        for piece in pieces {
            input.writeBytes(piece)
            reading: while true {
                switch machine.receive(&input) {
                case .needsMore: break reading
                case .output(var bytes): answer.writeBuffer(&bytes)
                case .errors(let bytes): errors.take(bytes) { said.append("error \($0)") }
                case .end(let ending): said.append("\(ending)")
                case .fault(let fault): said.append("fault \(fault)")
                }
            }
        }
        reader.inputEnded()
        if case .head(let head, _) = reader.next(&answer) {
            said.append("\(head.status.code) \(head.headers.pairs.count)")
        }
        return said
    }

    static func checkHead(_ bytes: [UInt8]) throws {
        for form in [CGIHeadParser.Form.cgi, .statusLine] {
            var parser = CGIHeadParser(form: form)
            let whole = bytes.withUnsafeBytes { parser.parse($0) }
            for pieces in Cuts.all(bytes) {
                var parser = CGIHeadParser(form: form)
                var (count, reading) = (0, CGIHeadParser.Reading.needsMore)
                for piece in pieces where reading == .needsMore {
                    count += piece.count
                    reading = bytes[..<count].withUnsafeBytes { parser.parse($0) }
                }
                try BrokenRule.unless(reading, is: whole, "the head of a script, cut")
            }
            if case .complete(let length, .answer(let head)) = whole {
                try BrokenRule.unless(length <= bytes.count, "a head of \(length) bytes in \(bytes.count)")
                let fields = head.headers.pairs
                try BrokenRule.unless(
                    fields.allSatisfy { !$0.value.utf8.contains { $0 == 10 || $0 == 13 || $0 == 0 } },
                    "a field with the end of a line in it"
                )
                let lines = bytes[..<length].split(separator: 10).count
                try BrokenRule.unless(fields.count <= lines, "\(fields.count) fields in \(lines) lines")
            }
        }
    }
}

extension Seeds {
    private static func record(_ type: UInt8, _ request: UInt8, _ content: [UInt8] = []) -> [UInt8] {
        [1, type, 0, request, UInt8(content.count >> 8), UInt8(content.count & 255), 0, 0] + content
    }

    /// What web servers send.
    static let fastCGIRequests: [[UInt8]] = {
        func pair(_ name: String, _ value: String) -> [UInt8] {
            [UInt8(name.utf8.count), UInt8(value.utf8.count)] + Array((name + value).utf8)
        }
        let begin = record(1, 1, [0, 1, 1, 0, 0, 0, 0, 0])
        let params = record(4, 1, pair("REQUEST_METHOD", "POST") + pair("CONTENT_LENGTH", "3")) + record(4, 1)
        let body = record(5, 1, [1, 2, 3]) + record(5, 1)
        return [
            begin + params + body, begin + record(4, 1, pair("A", "b")) + record(4, 1) + body + begin + params + body,
            begin + params + record(2, 1) + record(9, 0, pair("FCGI_MAX_CONNS", ""))
                + record(1, 2, [0, 1, 0, 0, 0, 0, 0, 0]),
            record(1, 1, [0, 2, 0, 0, 0, 0, 0, 0]), record(77, 0, [1]),
        ]
    }()

    /// What applications answer.
    static let fastCGIAnswers: [[UInt8]] = {
        let head = Array("Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhi".utf8)
        let end = record(3, 1, [0, 0, 0, 0, 0, 0, 0, 0])
        return [
            record(6, 1, head) + record(6, 1) + end,
            record(7, 1, Array("PHP Warning: x\n".utf8)) + record(6, 1, head) + end,
            record(3, 1, [0, 0, 0, 1, 2, 0, 0, 0]), record(6, 2, head),
        ]
    }()

    static let scriptHeads = [
        "Content-Type: text/html\n\n<p>", "Status: 404 Not Found\r\nContent-Type: a/b\r\n\r\n", "Location: /a?b\n\n",
        "Location: http://example.com/\nSet-Cookie: a=b\nSet-Cookie: c=d\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "Content-Length: 5\nConnection: close\nX: y\n\nhello", "X: a\rb\n\n", "Transfer-Encoding: chunked\n\n", "\n",
    ].map { Array($0.utf8) }
}
