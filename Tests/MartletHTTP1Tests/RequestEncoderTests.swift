import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

@Suite struct RequestEncoderTests {
    static func text(
        _ fields: [(String, String)],
        method: String = "GET",
        target: String = "/a?b",
        host: String = "h",
        added: Headers = Headers(),
        upgrade: String? = nil,
        framing: MessageFraming = .none,
        announcesNone: Bool = false
    ) throws(RequestNotSendable) -> String {
        let head = RequestHead(method: method, target: "/", fields: fields)
        let line = RequestEncoder.Line(
            target: Array(target.utf8),
            host: Array(host.utf8),
            added: added.block,
            upgrade: upgrade.map { Array($0.utf8) }
        )
        var output = ByteBuffer(string: "before ")
        do {
            try RequestEncoder.write(
                line,
                of: head,
                framing: framing,
                announcesNone: announcesNone,
                without: { $0.elementsEqual("X-Unwanted".utf8) },
                into: &output
            )
        } catch {
            #expect(String(buffer: output) == "before ", "nothing is left of it")
            throw error
        }
        return String(String(buffer: output).dropFirst(7))
    }

    @Test func aRequestIsWritten() throws {
        let text = try Self.text(
            [
                ("Host", "other"), ("Accept", "*/*"), ("X-Unwanted", "1"), ("Expect", "100-continue"),
                ("Cookie", "a=\u{e9}"),
            ],
            added: Headers([(.via, "1.1 m")])
        )
        #expect(text == "GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nCookie: a=\u{e9}\r\nVia: 1.1 m\r\n\r\n")
    }

    @Test func whatIsAboutTheConnectionIsLeftOut() throws {
        let text = try Self.text([
            ("Connection", "close, X-Own , TE"), ("x-own", "1"), ("Keep-Alive", "timeout=1"),
            ("Proxy-Connection", "close"),
            ("TE", "trailers"), ("Trailer", "X"), ("Transfer-Encoding", "chunked"), ("Content-Length", "9"),
            ("Upgrade", "h2c"),
            ("Proxy-Authorization", "Basic x"), ("X-Kept", "1"),
        ])
        #expect(text == "GET /a?b HTTP/1.1\r\nHost: h\r\nX-Kept: 1\r\n\r\n")
    }

    @Test(arguments: [
        (MessageFraming.none, false, ""), (.none, true, "Content-Length: 0\r\n"),
        (.length(0), false, "Content-Length: 0\r\n"),
        (.length(7), true, "Content-Length: 7\r\n"), (.chunked, true, "Transfer-Encoding: chunked\r\n"),
    ])
    func theBodyIsAnnounced(framing: MessageFraming, announcesNone: Bool, line: String) throws {
        let text = try Self.text([], method: "POST", framing: framing, announcesNone: announcesNone)
        #expect(text == "POST /a?b HTTP/1.1\r\nHost: h\r\n\(line)\r\n")
    }

    @Test func anUpgradeIsAsked() throws {
        let text = try Self.text([("Connection", "upgrade"), ("Upgrade", "websocket")], upgrade: "websocket")
        #expect(text == "GET /a?b HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    }

    @Test func nothingBeginsAnotherLine() {
        let bad: [(RequestNotSendable.Part, () throws(RequestNotSendable) -> String)] = [
            (.method, { () throws(RequestNotSendable) in try Self.text([], method: "GET /x HTTP/1.1\r\nX:") }),
            (.method, { () throws(RequestNotSendable) in try Self.text([], method: "") }),
            (.target, { () throws(RequestNotSendable) in try Self.text([], target: "/ HTTP/1.1\r\nX: y") }),
            (.target, { () throws(RequestNotSendable) in try Self.text([], target: "http://h/") }),
            (.target, { () throws(RequestNotSendable) in try Self.text([], target: "") }),
            (.host, { () throws(RequestNotSendable) in try Self.text([], host: "h\r\nX: y") }),
            (.host, { () throws(RequestNotSendable) in try Self.text([], host: "a@b") }),
            (.field, { () throws(RequestNotSendable) in try Self.text([("X", "a\r\nY: b")]) }),
            (.field, { () throws(RequestNotSendable) in try Self.text([("X", "a\u{0}")]) }),
            (.field, { () throws(RequestNotSendable) in try Self.text([("X: y\r\nZ", "a")]) }),
            (.field, { () throws(RequestNotSendable) in try Self.text([("", "a")]) }),
            (.field, { () throws(RequestNotSendable) in try Self.text([], upgrade: "a\r\nX: y") }),
        ]
        for (part, write) in bad {
            #expect(throws: RequestNotSendable.self, "\(part)") { try write() }
        }
    }
}
