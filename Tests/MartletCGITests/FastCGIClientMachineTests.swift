import MartletCGI
import MartletHTTP1
import NIOCore
import Testing

@Suite struct FastCGIClientMachineTests {
    typealias Records = FastCGIRecords

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let input: [UInt8]
        let said: [String]

        init(_ name: String, _ input: [UInt8], _ said: [String]) {
            (testDescription, self.input, self.said) = (name, input, said)
        }
    }

    static func play(_ input: [UInt8], piece: Int, ends: Bool = false) -> (said: [String], isReusable: Bool) {
        var machine = FastCGIClientMachine(keepsConnection: true)
        var output = ByteBuffer()
        machine.begin(CGIVariables(), into: &output)
        machine.endBody(into: &output)
        var (said, buffer) = ([String](), ByteBuffer())
        func add(_ kind: String, _ bytes: ByteBuffer) {
            if said.last?.hasPrefix(kind) == true {
                said[said.count - 1] += String(buffer: bytes)
            } else {
                said.append(kind + String(buffer: bytes))
            }
        }
        func note(_ event: FastCGIClientMachine.Event) {
            switch event {
            case .needsMore: break
            case .output(let bytes): add("out ", bytes)
            case .errors(let bytes): add("err ", bytes)
            case .end(let ending): said.append("end \(ending.application) \(ending.status)")
            case .fault(let fault): said.append("fault \(fault)")
            }
        }
        var rest = input[...]
        while !rest.isEmpty {
            buffer.writeBytes(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            while true {
                let event = machine.receive(&buffer)
                note(event)
                if event == .needsMore { break }
            }
        }
        if ends { note(machine.inputEnded()) }
        return (said, machine.isReusable)
    }

    static let answer = Records.record(6, 1, Records.text("Status: 200\n\nhi"), padding: 1)
    static let cases = [
        Case("as PHP answers", answer + Records.end(), ["out Status: 200\n\nhi", "end 0 complete"]),
        Case(
            "with streams that are ended, and something to say",
            Records.record(7, 1, Records.text("PHP Warning"), padding: 5) + answer + Records.record(6, 1)
                + Records.record(7, 1) + Records.end(application: 3),
            ["err PHP Warning", "out Status: 200\n\nhi", "end 3 complete"]
        ),
        Case("overloaded", Records.end(status: 2), ["end 0 overloaded"]),
        Case("another status", Records.end(status: 9), ["fault sent a record FCGI_END_REQUEST where there is none"]),
        Case(
            "another request",
            answer + Records.record(6, 2, [1]),
            ["out Status: 200\n\nhi", "fault sent a record for the request 2, which there is not"]
        ),
        Case(
            "about the connection",
            Records.record(10, 0),
            ["fault sent a record FCGI_GET_VALUES_RESULT where there is none"]
        ),
        Case(
            "output behind its end",
            Records.record(6, 1) + answer,
            ["fault sent a record FCGI_STDOUT where there is none"]
        ),
        Case("a record of ours", Records.begin(), ["fault sent a record FCGI_BEGIN_REQUEST where there is none"]),
        Case("an unknown record", Records.record(42, 1), ["fault sent a record of the unknown type 42 for a request"]),
        Case(
            "HTTP",
            Records.text("HTTP/1.1 200 OK\r\n\r\n"),
            ["fault speaks no FastCGI 1: its record begins with the byte 72"]
        ),
        Case("a short end", Records.record(3, 1, [0]), ["fault sent a record FCGI_END_REQUEST of 1 bytes"]),
        Case(
            "bytes behind the end",
            Records.end() + answer,
            ["end 0 complete", "fault sent more than the answer"]
        ),
    ]

    @Test(arguments: cases)
    func `what is said does not depend on where the bytes are cut`(_ item: Case) {
        for piece in [Int.max, 1, 2, 5, 64] {
            let (said, isReusable) = Self.play(item.input, piece: piece)
            #expect(said == item.said, "in pieces of \(piece)")
            #expect(isReusable == (item.said.last?.hasPrefix("end") == true), "in pieces of \(piece)")
        }
    }

    @Test func `a connection that closes breaks the answer off`() {
        #expect(
            Self.play(Self.answer, piece: .max, ends: true).said.last
                == "fault closed the connection in the middle of a request"
        )
        #expect(Self.play(Self.answer + Records.end(), piece: .max, ends: true).said.last == "end 0 complete")
    }

    @Test func `a request is begun, its parameters and its body sent`() throws {
        var variables = CGIVariables()
        try variables.append("A", "b")
        var machine = FastCGIClientMachine(keepsConnection: false)
        var output = ByteBuffer()
        machine.begin(variables, into: &output)
        machine.writeBody(ByteBuffer(string: "hello"), into: &output)
        machine.endBody(into: &output)
        let sent =
            Records.begin(keeps: false) + Records.record(4, 1, [1, 1, 65, 98], padding: 4) + Records.record(4, 1)
            + Records.record(5, 1, Records.text("hello"), padding: 3) + Records.record(5, 1)
        #expect(Array(buffer: output) == sent)
        #expect(!machine.isReusable)
    }

    @Test func `what one side writes the other one reads`() throws {
        var variables = CGIVariables()
        try variables.append("CONTENT_LENGTH", "100000")
        try variables.append("LONG", String(repeating: "é", count: 20_000))
        var client = FastCGIClientMachine(keepsConnection: true)
        var wire = ByteBuffer()
        client.begin(variables, into: &wire)
        client.writeBody(ByteBuffer(repeating: 120, count: 100_000), into: &wire)
        client.endBody(into: &wire)
        var server = FastCGIMachine(limits: CGIVariables.Limits(), connections: 1)
        var (output, received, names) = (ByteBuffer(), 0, [String]())
        reading: while true {
            switch server.receive(&wire, replies: &output) {
            case .request:
                names = server.variables.pairs.map { "\($0.name) \($0.value.utf8.count)" }
                #expect(
                    server.takeBody(.known(100_000), limit: 1 << 20, &wire)
                        == .open(length: 100_000, first: ByteBuffer())
                )
            case .data(let bytes): received += bytes.readableBytes
            case .bodyEnd: break reading
            default: continue
            }
        }
        #expect(received == 100_000)
        #expect(names == ["CONTENT_LENGTH 6", "LONG 40000"])
    }
}
