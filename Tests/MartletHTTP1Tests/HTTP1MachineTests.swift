import MartletHTTP1
import Testing

/// The life of a connection, as a table: what happens, and what the machine says.
@Suite struct HTTP1MachineTests {
    typealias Step = HTTP1Script.Step

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: @Sendable () -> [Step]
        let says: [String]

        init(_ name: String, _ steps: @autoclosure @escaping @Sendable () -> [Step], _ says: [String]) {
            self.name = name
            self.steps = steps
            self.says = says
        }

        var testDescription: String { name }
    }

    static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

    static func post(_ fields: String, _ body: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n\(body)"
    }

    static let keepAlive = [
        Case(
            "a request, and another",
            [.send(get), .answer(2), .write(2), .end, .send(get)],
            ["GET /", "200, 2 bytes, stays", "next", "GET /"]
        ),
        Case(
            "a head in two parts",
            [.send("GET / HT"), .send("TP/1.1\r\nHost: h\r\n\r\n")],
            ["head begins", "GET /"]
        ),
        Case(
            "a pipelined request waits for the answer before it",
            [.send(get + get), .answer(0), .end],
            ["GET /", "200, 0 bytes, stays", "next", "GET /"]
        ),
        Case(
            "Connection: close",
            [.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), .answer(0), .end],
            ["GET /", "200, 0 bytes, closes", "close"]
        ),
        Case(
            "HTTP/1.0",
            [.send("GET / HTTP/1.0\r\n\r\n"), .answer(nil), .end],
            ["GET /", "200, until the end, closes", "close"]
        ),
        Case(
            "HTTP/1.0 that stays",
            [.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), .answer(1), .write(1), .end],
            ["GET /", "200, 1 bytes, stays", "next"]
        ),
        Case(
            "the application closes",
            [.send(get), .answer(0, headers: [("Connection", "close")]), .end],
            ["GET /", "200, 0 bytes, closes", "close"]
        ),
        Case(
            "a server that stops",
            [.send(get), .stop, .answer(0), .end],
            ["GET /", "200, 0 bytes, closes", "close"]
        ),
        Case(
            "a server that stops after the head went out",
            [.send(get), .answer(0), .stop, .end],
            ["GET /", "200, 0 bytes, stays", "close"]
        ),
        Case(
            "a server that stops while another request is here",
            [.send(get), .answer(0), .stop, .send(get), .end],
            ["GET /", "200, 0 bytes, stays", "next", "GET /"]
        ),
    ]

    static let bodies = [
        Case(
            "a body that is here",
            [.send(post("Content-Length: 2", "ab")), .answer(0), .end],
            ["POST / with \"ab\"", "200, 0 bytes, stays", "next"]
        ),
        Case("an empty body", [.send(post("Content-Length: 0"))], ["POST / with \"\""]),
        Case(
            "a body in parts",
            [.send(post("Content-Length: 4", "a")), .send("bc"), .send("d"), .answer(0), .end],
            [
                "POST / with 4 bytes, first \"\"", "data a", "data bc", "data d", "body ends", "200, 0 bytes, stays",
                "next",
            ]
        ),
        Case(
            "chunks that are here",
            [.send(post("Transfer-Encoding: chunked", "1\r\na\r\n0\r\n\r\n"))],
            ["POST / with \"a\""]
        ),
        Case(
            "chunks in parts",
            [.send(post("Transfer-Encoding: chunked", "1\r\na\r\n")), .send("1\r\nb\r\n0\r\n\r\n")],
            ["POST / with unknown bytes, first \"a\"", "data b", "body ends"]
        ),
        Case(
            "a body that nobody reads",
            [.send(post("Content-Length: 4", "a")), .answer(0), .end, .send("bcd")],
            ["POST / with 4 bytes, first \"\"", "data a", "200, 0 bytes, stays", "discard", "discarded", "next"]
        ),
        Case(
            "a large body that nobody reads",
            [.send(post("Content-Length: 50")), .answer(0), .end],
            ["POST / with 50 bytes, first \"\"", "200, 0 bytes, closes", "close, lingering"]
        ),
        Case(
            "endless chunks that nobody reads",
            [.send(post("Transfer-Encoding: chunked")), .answer(0), .end, .send("b\r\nabcdefghijk\r\n")],
            ["POST / with unknown bytes, first \"\"", "200, 0 bytes, stays", "discard", "close"]
        ),
        Case(
            "a body above the limit",
            [.send(post("Content-Length: 101")), .answer(3, status: 413), .write(3), .end],
            ["fault 413", "413, 3 bytes, closes", "close, lingering"]
        ),
        Case(
            "a body against the rules",
            [.send(post("Transfer-Encoding: chunked")), .send("x"), .answer(0, status: 400), .end],
            ["POST / with unknown bytes, first \"\"", "fault 400", "400, 0 bytes, closes", "close, lingering"]
        ),
        Case(
            "a body that comes too slowly",
            [.send(post("Content-Length: 4")), .breakBody, .send("abcd"), .answer(0, status: 408), .end],
            ["POST / with 4 bytes, first \"\"", "408, 0 bytes, closes", "close, lingering", "discarded"]
        ),
        Case(
            "half a body",
            [.send(post("Content-Length: 4", "a")), .close, .answer(0, status: 400), .end],
            ["POST / with 4 bytes, first \"\"", "data a", "fault 400", "400, 0 bytes, closes", "close, lingering"]
        ),
    ]

    static let continues = [
        Case(
            "a client that waits for 100",
            [.send(post("Content-Length: 1\r\nExpect: 100-continue")), .wantBody, .wantBody, .send("a")],
            ["POST / with 1 bytes, first \"\"", "100 continue", "data a", "body ends"]
        ),
        Case(
            "nobody wants its body",
            [.send(post("Content-Length: 1\r\nExpect: 100-continue")), .answer(0), .end],
            ["POST / with 1 bytes, first \"\"", "200, 0 bytes, closes", "close, lingering"]
        ),
        Case(
            "one that does not wait",
            [.send(post("Content-Length: 2\r\nExpect: 100-continue", "a")), .wantBody],
            ["POST / with 2 bytes, first \"\"", "data a"]
        ),
        Case(
            "asked for after the answer began",
            [.send(post("Content-Length: 1\r\nExpect: 100-continue")), .answer(1), .wantBody],
            ["POST / with 1 bytes, first \"\"", "200, 1 bytes, closes"]
        ),
    ]

    static let endings = [
        Case("an idle client closes", [.close], ["close"]),
        Case("a client closes within a head", [.send("GET /"), .close], ["head begins", "close"]),
        Case(
            "a client closes its half and gets its answer",
            [.send(get), .close, .answer(0), .end],
            ["GET /", "200, 0 bytes, closes", "close"]
        ),
        Case(
            "and the answer to what it has sent behind",
            [.send(get + get), .close, .answer(0), .end, .answer(0), .end],
            ["GET /", "200, 0 bytes, stays", "next", "GET /", "200, 0 bytes, closes", "close"]
        ),
        Case(
            "a head against the rules",
            [.send("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"), .answer(0, status: 400), .end],
            ["fault 400", "400, 0 bytes, closes", "close, lingering", "discarded"]
        ),
    ]

    static let answers = [
        Case(
            "too long",
            [.send(get), .answer(2), .write(3)],
            ["GET /", "200, 2 bytes, stays", "the body is 1 bytes longer than it announced"]
        ),
        Case(
            "too short",
            [.send(get), .answer(2), .write(1), .end],
            ["GET /", "200, 2 bytes, stays", "1 bytes missing", "next"]
        ),
        Case(
            "of unknown length",
            [.send(get), .answer(nil), .write(5), .end],
            ["GET /", "200, chunks, stays", "next"]
        ),
        Case(
            "to HEAD",
            [.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"), .answer(9), .end],
            ["HEAD /", "200, no body, stays", "next"]
        ),
        Case("204", [.send(get), .answer(0, status: 204), .end], ["GET /", "204, no body, stays", "next"]),
    ]

    static let upgrades = [
        Case(
            "out of HTTP",
            [.send(get), .upgrade, .send("raw"), .close, .end],
            ["GET /", "left HTTP", "data raw", "body ends", "close"]
        ),
        Case(
            "with bytes that came early",
            [.send(get + "early"), .upgrade, .end],
            ["GET /", "left HTTP", "data early", "close, lingering"]
        ),
        Case(
            "not with half a body",
            [.send(post("Content-Length: 3", "a")), .upgrade],
            ["POST / with 3 bytes, first \"\"", "data a", "cannot leave HTTP"]
        ),
    ]

    @Test(arguments: keepAlive + bodies + continues) func requests(_ given: Case) {
        #expect(HTTP1Script.run(given.steps()) == given.says)
    }

    @Test(arguments: endings + answers + upgrades) func answersAndEnds(_ given: Case) {
        #expect(HTTP1Script.run(given.steps()) == given.says)
    }
}
