import HTTPTypes
import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

@Suite struct FastCGIMachineTests {
    typealias Records = FastCGIRecords

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let input: [UInt8]
        let said: [String]
        var sent: [UInt8] = []

        init(_ name: String, _ input: [UInt8], _ said: [String], sent: [UInt8] = []) {
            (testDescription, self.input, self.said, self.sent) = (name, input, said, sent)
        }
    }

    /// What a machine says and sends, with the bytes that arrive cut into pieces.
    static func play(_ input: [UInt8], piece: Int = .max, ends: Bool = false) -> (said: [String], sent: [UInt8]) {
        var machine = FastCGIMachine(limits: CGIVariables.Limits(bytes: 300, count: 4), connections: 9)
        var (said, output, buffer) = ([String](), ByteBuffer(), ByteBuffer())
        /// How much of a body was passed on before it was at fault is a matter of the cuts.
        func forget() { if said.last?.hasPrefix("data ") == true { said.removeLast() } }
        func note(_ event: CGIEvent) {
            switch event {
            case .needsMore, .discarded, .begun: break
            case .request:
                let texts = machine.variables.pairs.map {
                    "\($0.name)=\($0.value.count > 40 ? "\($0.value.count)" : $0.value)"
                }
                // As the reader of the variables has it, for a GET.
                let text = machine.variables["CONTENT_LENGTH"] ?? ""
                let length = text == "-1" ? CGIRequest.Length.open : Int(text).map { .known($0) } ?? .none
                let body = machine.takeBody(length == .known(0) ? .none : length, limit: 20, &buffer)
                let kind =
                    switch body {
                    case .none: "none"
                    case .whole: "whole"
                    case .open(let length, _): length.map { "known(\($0))" } ?? "unknown"
                    }
                said.append("request \(kind) " + texts.joined(separator: " "))
            case .fault(let fault):
                forget()
                said.append("refused \(fault.status.code): \(fault)")
                machine.refuse(fault)
            case .data(let bytes):
                // Where it is cut is not what is tested.
                if said.last?.hasPrefix("data ") == true {
                    said[said.count - 1] += String(buffer: bytes)
                } else {
                    said.append("data " + String(buffer: bytes))
                }
            case .bodyEnd: said.append("end")
            case .bodyFault(let fault):
                forget()
                said.append("body \(fault.status.code)")
            case .aborted: said.append("aborted")
            case .close:
                forget()
                said.append("close")
                machine.end()
            }
        }
        var rest = input[...]
        while !rest.isEmpty {
            buffer.writeBytes(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            while true {
                let event = machine.receive(&buffer, replies: &output)
                note(event)
                if case .needsMore = event { break }
            }
        }
        if ends {
            machine.inputClosed()
            note(machine.receive(&buffer, replies: &output))
        }
        return (said, Array(buffer: output))
    }

    static let long = String(repeating: "x", count: 200)
    static let cases = [
        Case("no body", Records.request(), ["request none REQUEST_METHOD=GET CONTENT_LENGTH="]),
        Case(
            "a body of a known length",
            Records.request([("CONTENT_LENGTH", "5")], body: [Records.text("he"), Records.text("llo")]),
            ["request known(5) CONTENT_LENGTH=5", "data hello", "end"]
        ),
        Case(
            "a body without a length",
            Records.request([("A", "b")], body: [Records.text("hello")]),
            ["request unknown A=b", "data hello", "end"]
        ),
        Case(
            "lengths of four bytes, also where one would do",
            Records.begin() + Records.record(4, 1, [0x80, 0, 0, 1, 0x80, 0, 0, 1, 65, 66]) + Records.record(4, 1)
                + Records.record(5, 1),
            ["request none A=B"]
        ),
        Case("a long value", Records.request([("LONG", long)]), ["request none LONG=200"]),
        Case(
            "two requests, one after the other",
            Records.request() + Records.record(2, 7),
            ["request none REQUEST_METHOD=GET CONTENT_LENGTH="]
        ),
        Case(
            "another one meanwhile",
            Records.request() + Records.request(number: 2),
            ["request none REQUEST_METHOD=GET CONTENT_LENGTH="],
            sent: Records.end(2, status: 1)
        ),
        Case(
            "the same one meanwhile",
            Records.request() + Records.begin(),
            [
                "request none REQUEST_METHOD=GET CONTENT_LENGTH=", "close",
            ]
        ),
        Case("an authorizer", Records.begin(role: 2) + Records.record(4, 1), [], sent: Records.end(status: 3)),
        Case("a filter, once", Records.begin(role: 3, keeps: false), ["close"], sent: Records.end(status: 3)),
        Case("a role that there is not", Records.begin(role: 9), [], sent: Records.end(status: 3)),
        Case(
            "values",
            Records.record(9, 0, Records.pairs([("FCGI_MPXS_CONNS", ""), ("FCGI_MAX_CONNS", ""), ("OTHER", "")])),
            [],
            sent: Records.record(
                10,
                0,
                Records.pairs([("FCGI_MAX_CONNS", "9"), ("FCGI_MPXS_CONNS", "0")]),
                padding: 5
            )
        ),
        Case(
            "an unknown record about the connection",
            Records.record(77, 0, [1, 2, 3]),
            [],
            sent: Records.record(11, 0, [77, 0, 0, 0, 0, 0, 0, 0])
        ),
        Case(
            "an unknown record of a request",
            Records.begin() + Records.record(77, 1),
            ["refused 400: The web server in front sent a record of the unknown type 77 for a request."]
        ),
        Case(
            "another protocol",
            Records.text("GET / HTTP/1.1\r\n"),
            [
                "refused 400: The client speaks HTTP to a listener that speaks fastcgi: open an address with http://, or have nginx use fastcgi_pass."
            ]
        ),
        Case(
            "an abort",
            Records.begin() + Records.record(4, 1, Records.pairs([("CONTENT_LENGTH", "5")])) + Records.record(4, 1)
                + Records.record(5, 1, [97]) + Records.record(2, 1) + Records.record(5, 1, [1]),
            ["request known(5) CONTENT_LENGTH=5", "data a", "aborted"]
        ),
        Case(
            "an abort before it is a request",
            Records.begin() + Records.record(4, 1, Records.pairs([("A", "b")])) + Records.record(2, 1)
                + Records.request([("C", "d")]),
            ["request none C=d"],
            sent: Records.end(status: 0)
        ),
        Case(
            "more of a body than announced",
            Records.request([("CONTENT_LENGTH", "2")], body: [Records.text("abc")]),
            ["request known(2) CONTENT_LENGTH=2", "body 400"]
        ),
        Case(
            "a body where none was announced",
            Records.request([("CONTENT_LENGTH", "0")], body: [Records.text("abc")]),
            ["request none CONTENT_LENGTH=0", "body 400"]
        ),
        Case(
            "less of a body than announced",
            Records.request([("CONTENT_LENGTH", "5")], body: [Records.text("abc")]),
            ["request known(5) CONTENT_LENGTH=5", "body 400"]
        ),
        Case(
            "a body that becomes too large",
            Records.request([("A", "b")], body: [Array(repeating: 97, count: 15), Array(repeating: 97, count: 6)]),
            ["request unknown A=b", "body 413"]
        ),
        Case(
            "too many parameters",
            Records.request((0..<5).map { ("A\($0)", "") }),
            ["refused 431: The request has more than 4 variables."]
        ),
        Case(
            "too long parameters",
            Records.request([("A", long), ("B", long)]),
            ["refused 431: The variables of the request are larger than the limit of 300 bytes."]
        ),
        Case(
            "endless parameters",
            Records.begin() + (0..<9).flatMap { _ in Records.record(4, 1, [UInt8](repeating: 1, count: 250)) }
                + Records.record(4, 1) + Records.record(5, 1),
            ["refused 431: The variables of the request are larger than the limit of 300 bytes."]
        ),
        Case(
            "parameters that end within a pair",
            Records.begin() + Records.record(4, 1, [5, 5, 65]) + Records.record(4, 1),
            ["refused 400: The web server in front sent names and values that do not end where their lengths say."]
        ),
        Case(
            "a length beyond everything",
            Records.begin() + Records.record(4, 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 65])
                + Records.record(4, 1),
            ["refused 400: The web server in front sent names and values that do not end where their lengths say."]
        ),
        Case(
            "a body first",
            Records.begin() + Records.record(5, 1),
            ["refused 400: The web server in front sent a record FCGI_STDIN where there is none."]
        ),
        Case(
            "data of a filter",
            Records.begin() + Records.record(8, 1),
            ["refused 400: The web server in front sent a record FCGI_DATA where there is none."]
        ),
        Case(
            "a short beginning",
            Records.record(1, 1, [0, 1]),
            ["refused 400: The web server in front sent a record FCGI_BEGIN_REQUEST of 2 bytes."]
        ),
        Case("what belongs to nothing", Records.record(5, 9, [1, 2]) + Records.record(4, 9), []),
    ]

    @Test(arguments: cases)
    func `what is said and sent does not depend on where the bytes are cut`(_ item: Case) {
        for piece in [Int.max, 1, 2, 3, 7, 64] {
            let (said, sent) = Self.play(item.input, piece: piece)
            #expect(said == item.said, "in pieces of \(piece)")
            #expect(sent == item.sent, "in pieces of \(piece)")
        }
    }

    static let ends: [(input: [UInt8], last: String)] = [
        (Records.request().dropLast(12), "close"),
        ([], "close"),
        (
            Records.begin() + Records.record(4, 1, Records.pairs([("CONTENT_LENGTH", "5")])) + Records.record(4, 1)
                + Records.record(5, 1, [1]),
            "body 400"
        ),
    ]

    @Test(arguments: ends)
    func `the end of a connection`(_ input: [UInt8], _ last: String) {
        #expect(Self.play(input, ends: true).said.last == last)
    }

    /// A machine whose request waits for its answer.
    private func asked(_ request: [UInt8]) -> FastCGIMachine {
        var machine = FastCGIMachine(limits: CGIVariables.Limits(), connections: 1)
        var (input, output) = (ByteBuffer(bytes: request), ByteBuffer())
        while true {
            switch machine.receive(&input, replies: &output) {
            case .request: _ = machine.takeBody(.none, limit: 10, &input)
            case .needsMore: return machine
            default: continue
            }
        }
    }

    @Test(arguments: [true, false])
    func `an answer is padded, and ends the request`(_ keeps: Bool) throws {
        var machine = asked(Records.request(keeps: keeps))
        var output = ByteBuffer()
        let response = Response(status: .ok, headers: Headers([(.contentType, "a/b")]))
        let framing = machine.answer.begin(status: 200, headers: response.headers, body: .known(2))
        machine.writeHead(of: response, framing, isUpgrade: false, into: &output)
        machine.openPiece(2, into: &output)
        output.writeString("hi")
        machine.closePiece(2, into: &output)
        #expect(machine.finishAnswer(into: &output) == (keeps ? .request : .close))
        let head = Records.text("Status: 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\n")
        #expect(
            Array(buffer: output)
                == Records.record(6, 1, head, padding: UInt8((8 - head.count % 8) % 8))
                + Records.record(6, 1, Records.text("hi"), padding: 6) + Records.record(6, 1) + Records.end()
        )
        #expect(machine.isIdle == keeps)
        // What comes late of its body is nobody's.
        var input = ByteBuffer(bytes: Records.record(5, 1, [1, 2, 3]))
        guard case .discarded = machine.receive(&input, replies: &output) else {
            Issue.record("not skipped")
            return
        }
    }

    @Test func `who speaks HTTP is answered in HTTP`() {
        var machine = FastCGIMachine(limits: CGIVariables.Limits(), connections: 1)
        var (input, output) = (ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), ByteBuffer())
        guard case .fault(let fault) = machine.receive(&input, replies: &output) else {
            Issue.record("no fault")
            return
        }
        #expect(fault == .speaksHTTP(.fastcgi))
        machine.refuse(fault)
        let framing = machine.answer.begin(status: 400, headers: Headers(), body: .empty)
        machine.writeHead(of: Response(status: .badRequest), framing, isUpgrade: false, into: &output)
        _ = machine.finishAnswer(into: &output)
        #expect(String(buffer: output).hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    }
}
