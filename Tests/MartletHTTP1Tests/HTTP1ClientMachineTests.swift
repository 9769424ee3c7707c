import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

/// The life of a connection to an upstream, as a table: what happens, and what the machine says.
@Suite struct HTTP1ClientMachineTests {
    enum Step: Sendable {
        /// A request begins.
        case ask(MessageFraming = .none, isHead: Bool = false, wantsUpgrade: Bool = false)
        /// Bytes of its body.
        case write(String)
        case endBody
        /// The upstream sends this.
        case come(String)
        /// It ends its side.
        case close
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]
        let says: [String]

        init(_ name: String, _ steps: [Step], _ says: [String]) {
            testDescription = name
            self.steps = steps
            self.says = says
        }
    }

    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

    static let cases = [
        Case(
            "an answer, and another",
            [.ask(), .come(ok), .ask(), .come(ok)],
            [
                "200 of 2 bytes", "data hi", "end, stays", "200 of 2 bytes", "data hi", "end, stays",
            ]
        ),
        Case(
            "an answer in parts",
            [.ask(), .come("HTTP/1.1 200 OK\r\nContent-"), .come("Length: 2\r\n\r\nh"), .come("i")],
            [
                "200 of 2 bytes", "data h", "data i", "end, stays",
            ]
        ),
        Case(
            "HEAD has no body",
            [.ask(isHead: true), .come("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")],
            [
                "200 without body", "end, stays",
            ]
        ),
        Case(
            "a body of HEAD is taken for no answer",
            [.ask(isHead: true), .come(ok)],
            ["200 without body", "end, closes"]
        ),
        Case(
            "204 has no body, whatever it says",
            [.ask(), .come("HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n")],
            [
                "204 without body", "end, stays",
            ]
        ),
        Case(
            "the end of the connection ends the body",
            [.ask(), .come("HTTP/1.1 200 OK\r\n\r\nhi"), .close],
            [
                "200 of unknown length", "data hi", "end, closes",
            ]
        ),
        Case(
            "a body that breaks off",
            [.ask(), .come("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi"), .close],
            [
                "200 of 3 bytes", "data hi", "fault: the connection ended in its body",
            ]
        ),
        Case("no answer", [.ask(), .close], ["fault: the connection ended before it began"]),
        Case("half a head", [.ask(), .come("HTTP/1.1 2"), .close], ["fault: the connection ended in its head"]),
        Case(
            "103 and 100 before the answer",
            [.ask(), .come("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + ok)],
            [
                "100 ahead", "103 ahead", "200 of 2 bytes", "data hi", "end, stays",
            ]
        ),
        Case(
            "the upstream closes when it is idle",
            [.ask(), .come(ok), .close],
            ["200 of 2 bytes", "data hi", "end, stays", "closed"]
        ),
        Case(
            "bytes that nobody asked for",
            [.ask(), .come(ok), .come("HTTP/1.1 200 OK\r\n")],
            [
                "200 of 2 bytes", "data hi", "end, stays", "fault: bytes came that belong to no answer",
            ]
        ),
        Case(
            "bytes before any request",
            [.come("HTTP/1.1 408 Request Timeout\r\n\r\n")],
            ["fault: bytes came that belong to no answer"]
        ),
        Case(
            "a second answer behind the first",
            [.ask(), .come(ok + ok)],
            ["200 of 2 bytes", "data hi", "end, closes"]
        ),
        Case(
            "Connection: close",
            [.ask(), .come("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")],
            [
                "200 without body", "end, closes",
            ]
        ),
        Case(
            "a body with a length",
            [.ask(.length(2)), .write("h"), .write("i"), .endBody, .come(ok)],
            [
                "sends h", "sends i", "body is whole", "200 of 2 bytes", "data hi", "end, stays",
            ]
        ),
        Case(
            "a body that is longer than announced",
            [.ask(.length(1)), .write("hi")],
            ["the body is 1 bytes longer than it announced"]
        ),
        Case(
            "a body that is shorter than announced",
            [.ask(.length(3)), .write("hi"), .endBody],
            ["sends hi", "body is not whole"]
        ),
        Case(
            "a body in chunks",
            [.ask(.chunked), .write("hello"), .endBody, .come(ok)],
            [
                "sends 5\\hello\\", "sends 0\\\\", "body is whole", "200 of 2 bytes", "data hi", "end, stays",
            ]
        ),
        Case(
            "an answer before the request is whole",
            [.ask(.length(4)), .write("hi"), .come("HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n")],
            [
                "sends hi", "413 without body", "end, closes",
            ]
        ),
        Case(
            "an answer that begins early and ends late",
            [
                .ask(.length(4)), .write("hi"), .come("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh"), .write("hi"),
                .endBody, .come("i"),
            ],
            ["sends hi", "200 of 2 bytes", "data h", "sends hi", "body is whole", "data i", "end, stays"]
        ),
        Case(
            "a switch",
            [
                .ask(wantsUpgrade: true), .come("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nraw"), .write("ours"),
                .come("more"), .close,
            ],
            [
                "switched to x", "data raw", "sends ours", "data more", "end, closes",
            ]
        ),
        Case(
            "a switch that nobody asked for",
            [.ask(), .come("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")],
            [
                "fault: it switches to a protocol that nobody has asked for"
            ]
        ),
        Case(
            "a switch that is refused",
            [.ask(wantsUpgrade: true), .come(ok)],
            ["200 of 2 bytes", "data hi", "end, stays"]
        ),
        Case(
            "a switch to HEAD of another request",
            [.ask(isHead: true), .come("HTTP/1.1 304 Not\r\nContent-Length: 9\r\n\r\n"), .ask(), .come(ok)],
            [
                "304 without body", "end, stays", "200 of 2 bytes", "data hi", "end, stays",
            ]
        ),
    ]

    @Test(arguments: cases)
    func theMachineSays(_ test: Case) {
        var machine = HTTP1ClientMachine()
        var input = ByteBuffer()
        var log: [String] = []
        for step in test.steps {
            switch step {
            case .ask(let framing, let isHead, let wantsUpgrade):
                var message = HTTP1Message()
                message.framing = framing
                message.isHead = isHead
                message.wantsUpgrade = wantsUpgrade
                machine.begin(message)
            case .write(let text):
                var output = ByteBuffer()
                do {
                    try machine.beginPiece(text.utf8.count, into: &output)
                    output.writeString(text)
                    machine.endPiece(into: &output)
                    log.append("sends " + String(buffer: output).replacing("\r\n", with: "\\"))
                } catch { log.append("\(error)") }
            case .endBody:
                var output = ByteBuffer()
                let isWhole = machine.endBody(into: &output)
                if output.readableBytes > 0 {
                    log.append("sends " + String(buffer: output).replacing("\r\n", with: "\\"))
                }
                log.append(isWhole ? "body is whole" : "body is not whole")
            case .come(let text):
                input.writeString(text)
                log += Self.receive(&machine, &input)
            case .close:
                machine.inputClosed()
                log += Self.receive(&machine, &input)
            }
        }
        #expect(log == test.says)
    }

    static func receive(_ machine: inout HTTP1ClientMachine, _ input: inout ByteBuffer) -> [String] {
        var log: [String] = []
        while true {
            switch machine.receive(&input) {
            case .needsMore: return log
            case .informational(let head): log.append("\(head.status.code) ahead")
            case .answer(let head, .none): log.append("\(head.status.code) without body")
            case .answer(let head, .length(let length)): log.append("\(head.status.code) of \(length) bytes")
            case .answer(let head, .unknown): log.append("\(head.status.code) of unknown length")
            case .switched(let head): log.append("switched to \(head.headers[.upgrade] ?? "")")
            case .data(let bytes): log.append("data \(String(buffer: bytes))")
            case .end:
                log.append(machine.isIdle ? "end, stays" : "end, closes")
            case .fault(let fault):
                log.append("fault: \(fault)")
                return log
            case .closed:
                log.append("closed")
                return log
            }
        }
    }

    @Test(arguments: [
        ("Content-Length: 3\r\n\r\nabc", "abc", true), ("Content-Length: 0\r\n\r\n", "", true),
        ("Content-Length: 3\r\n\r\nabcd", "abc", false),
        ("Content-Length: 3\r\nConnection: close\r\n\r\nabc", "abc", false),
        ("Content-Length: 3\r\n\r\nab", nil, false), ("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", nil, false),
    ])
    func whatIsAllHereIsTakenAtOnce(rest: String, body: String?, staysIdle: Bool) {
        var machine = HTTP1ClientMachine()
        machine.begin(HTTP1Message())
        var input = ByteBuffer(string: "HTTP/1.1 200 OK\r\n" + rest)
        guard case .answer = machine.receive(&input) else {
            Issue.record("no answer")
            return
        }
        #expect(machine.takeRest(&input).map { String(buffer: $0) } == body)
        #expect(machine.isIdle == staysIdle)
    }

    @Test func anUpstreamSaysHowLongItKeepsAConnection() {
        var machine = HTTP1ClientMachine()
        machine.begin(HTTP1Message())
        var input = ByteBuffer(string: "HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=5\r\nContent-Length: 0\r\n\r\n")
        _ = machine.receive(&input)
        #expect(machine.keepAliveSeconds == 5)
    }
}

extension HTTPField.Name {
    fileprivate static var upgrade: HTTPField.Name { HTTPField.Name("upgrade") ?? .connection }
}
