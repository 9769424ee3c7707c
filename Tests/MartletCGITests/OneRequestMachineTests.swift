import HTTPTypes
import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

struct OneRequestMachineTests {
    private static func request(_ carrier: CGIProtocol, body: String = "") -> ByteBuffer {
        var bytes = ByteBuffer()
        let pairs = [("CONTENT_LENGTH", "5"), ("SCGI", "1"), ("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/")]
        if let variables = try? CGIVariables(pairs) {
            if carrier == .uwsgi {
                try? UWSGIPacket.write(variables, into: &bytes)
            } else {
                try? SCGIHeaders.write(variables, into: &bytes)
            }
        }
        bytes.writeString(body)
        return bytes
    }

    /// What happens when bytes arrive in these pieces: `begun`, `request`, `whole 5`, `open 5 2`, `data 2`, `end`…
    private static func events(
        _ machine: inout OneRequestMachine,
        _ pieces: [ByteBuffer],
        length: CGIRequest.Length = .known(5),
        closes: Bool = false
    ) -> [String] {
        var events: [String] = []
        var input = ByteBuffer()
        func drain(_ machine: inout OneRequestMachine) {
            while true {
                var replies = ByteBuffer()
                switch machine.receive(&input, replies: &replies) {
                case .needsMore: return
                case .begun: events.append("begun")
                case .request:
                    switch machine.takeBody(length, limit: 100, &input) {
                    case .none: events.append("request")
                    case .whole(let bytes): events.append("whole \(bytes.readableBytes)")
                    case .open(let length, let first): events.append("open \(length ?? -1) \(first.readableBytes)")
                    }
                case .data(let bytes): events.append("data \(bytes.readableBytes)")
                case .bodyEnd: events.append("end")
                case .fault(let fault):
                    events.append("fault \(fault.status.code)")
                    machine.refuse(fault)
                case .bodyFault: events.append("cut short")
                case .aborted: events.append("aborted")
                case .discarded: events.append("discarded")
                case .close:
                    events.append("close")
                    return machine.end()
                }
            }
        }
        for piece in pieces {
            input.writeImmutableBuffer(piece)
            drain(&machine)
        }
        if closes {
            machine.inputClosed()
            drain(&machine)
        }
        return events
    }

    private static func machine(_ carrier: CGIProtocol) -> OneRequestMachine {
        OneRequestMachine(carrier, limits: CGIVariables.Limits())
    }

    @Test("A request with its body", arguments: [CGIProtocol.uwsgi, .scgi])
    func request(carrier: CGIProtocol) {
        var machine = Self.machine(carrier)
        #expect(machine.isIdle && machine.isReadingHead)
        #expect(Self.events(&machine, [Self.request(carrier, body: "hello")]) == ["whole 5"])
        #expect(!machine.isReadingHead && machine.answer.writing == .head)
        // Nothing comes behind it.
        #expect(Self.events(&machine, [ByteBuffer(string: "more")]) == ["discarded"])
    }

    @Test("A body that comes later, and in pieces", arguments: [CGIProtocol.uwsgi, .scgi])
    func bodyInPieces(carrier: CGIProtocol) {
        var machine = Self.machine(carrier)
        let bytes = Self.request(carrier)
        let (first, second) = (
            bytes.getSlice(at: 0, length: 3) ?? ByteBuffer(),
            bytes.getSlice(at: 3, length: bytes.readableBytes - 3) ?? ByteBuffer()
        )
        let events = Self.events(&machine, [first, second, ByteBuffer(string: "he"), ByteBuffer(string: "llo+")])
        #expect(events == ["begun", "open 5 0", "data 2", "data 3", "end", "discarded"])
    }

    @Test("A peer that goes away", arguments: [CGIProtocol.uwsgi, .scgi])
    func peerGone(carrier: CGIProtocol) {
        var machine = Self.machine(carrier)
        #expect(Self.events(&machine, [], closes: true) == ["close"])
        machine = Self.machine(carrier)
        let half = Self.request(carrier).getSlice(at: 0, length: 9) ?? ByteBuffer()
        #expect(Self.events(&machine, [half], closes: true) == ["begun", "close"])
        machine = Self.machine(carrier)
        let cut = Self.request(carrier, body: "hel")
        #expect(Self.events(&machine, [cut], closes: true) == ["open 5 3", "cut short"])
    }

    @Test("A fault is answered as the peer understands it")
    func fault() {
        var machine = Self.machine(.scgi)
        #expect(Self.events(&machine, [ByteBuffer(string: "x:1234")]) == ["fault 400", "discarded"])
        #expect(Self.head(&machine, .plain(.badRequest, "no")).hasPrefix("Status: 400 Bad Request\r\n"))
        machine = Self.machine(.scgi)
        #expect(Self.events(&machine, [ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n")]) == ["fault 400", "discarded"])
        #expect(Self.head(&machine, .plain(.badRequest, "no")).hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
    }

    private static func head(
        _ machine: inout OneRequestMachine,
        _ response: Response,
        _ body: ResponseFraming.Body = .known(2)
    ) -> String {
        let framing = machine.answer.begin(status: response.status.code, headers: response.headers, body: body)
        var output = ByteBuffer()
        machine.writeHead(of: response, framing, isUpgrade: false, into: &output)
        return String(buffer: output)
    }

    @Test("A head has what the server in front needs, and nothing about the connection")
    func head() {
        var headers = Headers()
        for (name, value) in [
            ("X-A", "1"), ("Connection", "close"), ("Transfer-Encoding", "chunked"), ("Content-Length", "9"),
            ("Date", "now"),
        ] {
            headers.append(name, value)
        }
        let response = Response(status: HTTPResponse.Status(code: 299, reasonPhrase: "Odd"), headers: headers)
        var machine = Self.machine(.uwsgi)
        #expect(Self.head(&machine, response) == "HTTP/1.1 299 Odd\r\nX-A: 1\r\nDate: now\r\nContent-Length: 2\r\n\r\n")
        machine = Self.machine(.scgi)
        #expect(Self.head(&machine, response) == "Status: 299 Odd\r\nX-A: 1\r\nDate: now\r\nContent-Length: 2\r\n\r\n")
    }

    @Test("A body of unknown length ends with the connection")
    func unknownLength() throws {
        var machine = Self.machine(.uwsgi)
        #expect(Self.head(&machine, Response(status: .ok), .unknown) == "HTTP/1.1 200 OK\r\n\r\n")
        #expect(machine.answer.endsWithConnection && machine.answer.missingBytes == 0)
        machine = Self.machine(.uwsgi)
        _ = Self.head(&machine, Response(status: .ok), .known(5))
        try machine.answer.countBody(3)
        #expect(machine.answer.missingBytes == 2 && !machine.answer.endsWithConnection)
        #expect(throws: BodyTooLong.self) { try machine.answer.countBody(3) }
    }

    @Test("HEAD, 204 and 304 have no body")
    func withoutBody() {
        var machine = Self.machine(.uwsgi)
        machine.answer.isHead = true
        #expect(Self.head(&machine, Response(status: .ok)) == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        #expect(machine.answer.writing == .body(.none))
        machine.answer.isHead = false
        #expect(Self.head(&machine, Response(status: .noContent)) == "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(machine.answer.writing == .body(.none))
    }

    @Test("Leaving HTTP gives both directions to the application")
    func upgrade() {
        var machine = Self.machine(.uwsgi)
        _ = Self.events(&machine, [Self.request(.uwsgi)], length: .none)
        #expect(machine.canLeave)
        var headers = Headers()
        headers.append("Upgrade", "websocket")
        let framing = machine.answer.begin(status: 101, headers: headers, body: .empty)
        var output = ByteBuffer()
        machine.writeHead(
            of: Response(status: .switchingProtocols, headers: headers),
            framing,
            isUpgrade: true,
            into: &output
        )
        #expect(
            String(buffer: output)
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        machine.leave()
        #expect(Self.events(&machine, [ByteBuffer(string: "ab")], closes: true) == ["data 2", "end"])
    }

    @Test func aBodyMayEndWithTheInput() {
        var machine = OneRequestMachine(.cgi, limits: .init())
        let pieces = [Self.request(.cgi, body: "hel"), ByteBuffer(string: "lo")]
        let events = Self.events(&machine, pieces, length: .open, closes: true)
        #expect(events == ["open -1 0", "data 3", "data 2", "end"])
    }

    @Test func aBodyThatEndsWithTheInputHasItsLimit() {
        var machine = OneRequestMachine(.cgi, limits: .init())
        let body = String(repeating: "x", count: 101)
        let events = Self.events(&machine, [Self.request(.cgi, body: body)], length: .open)
        #expect(events == ["open -1 0", "cut short", "discarded"])
    }
}
