import HTTPTypes
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

@testable import MartletHTTP2

/// Requests to an upstream over HTTP/2, as a table: what happens, and what the machine says and sends.
@Suite struct HTTP2ClientMachineTests {
    typealias Step = HTTP2ClientScript.Step

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: @Sendable () -> [Step]
        let says: [String]

        init(_ name: String, _ steps: @autoclosure @escaping @Sendable () -> [Step], _ says: [String]) {
            testDescription = name
            self.steps = steps
            self.says = says
        }
    }

    static let answers = [
        Case(
            "an answer, and another on the next stream",
            [
                .get, .answer(1, 200, [("content-length", "2")]), .data(1, 2, ends: true), .get,
                .answer(3, 204, ends: true),
            ],
            [
                "→ HEADERS 1, end", "1: 200, length(2)", "1: data 2", "1: end", "→ HEADERS 3, end", "3: 204, none",
                "3: end",
            ]
        ),
        Case(
            "two at a time",
            [
                .get, .get, .answer(3), .answer(1), .data(3, 1), .data(1, 1, ends: true), .data(3, 0, ends: true),
            ],
            [
                "→ HEADERS 1, end", "→ HEADERS 3, end", "3: 200, unknown", "1: 200, unknown", "3: data 1", "1: data 1",
                "1: end", "3: end",
            ]
        ),
        Case(
            "what is passed on of a head",
            [
                .get,
                .answer(
                    1,
                    200,
                    [("x-a", "1"), ("proxy-authenticate", "x"), ("content-length", "0"), ("trailer", "y")]
                ),
                .data(1, 0, ends: true),
            ],
            ["→ HEADERS 1, end", "1: 200 x-a: 1, none", "1: end"]
        ),
        Case(
            "fields behind the body",
            [.get, .answer(1), .data(1, 3), .trailer(1, [("grpc-status", "0")])],
            ["→ HEADERS 1, end", "1: 200, unknown", "1: data 3", "1: end [\"grpc-status: 0\"]"]
        ),
        Case(
            "an answer that is its head alone",
            [.get, .answer(1, 200, [("grpc-status", "5")], ends: true)],
            ["→ HEADERS 1, end", "1: 200 grpc-status: 5, none", "1: end"]
        ),
        Case(
            "to HEAD",
            [.head, .answer(1, 200, [("content-length", "5")], ends: true)],
            ["→ HEADERS 1, end", "1: 200, none", "1: end"]
        ),
        Case(
            "ahead of it another",
            [.get, .answer(1, 103, [("link", "</a>")]), .answer(1, ends: true)],
            ["→ HEADERS 1, end", "1: 103 ahead", "1: 200, none", "1: end"]
        ),
        Case(
            "window of the connection and the stream are given back when it has been used",
            [.get, .answer(1)] + (0..<8).map { _ in .data(1, 16_384) } + [.used(1, 131_071), .used(1, 1)],
            ["→ HEADERS 1, end", "1: 200, unknown"] + (0..<8).map { _ in "1: data 16384" }
                + ["→ WINDOW_UPDATE 1: 131072"]
        ),
    ]

    static let requests = [
        Case(
            "a body whose length is known ends by itself",
            [.post(3), .write(1, 3), .end(1)],
            ["→ HEADERS 1", "→ DATA 1: 3, end"]
        ),
        Case(
            "one behind which fields may come does not",
            [.post(3, mayHaveTrailer: true), .write(1, 3), .end(1)],
            ["→ HEADERS 1", "→ DATA 1: 3", "→ DATA 1: 0, end"]
        ),
        Case(
            "fields behind a body",
            [.post(nil, mayHaveTrailer: true), .write(1, 3), .end(1, trailer: Headers([(.eTag, "0")]))],
            ["→ HEADERS 1", "→ DATA 1: 3", "→ HEADERS 1, end"]
        ),
        Case("no bytes", [.post(0)], ["→ HEADERS 1, end"]),
        Case(
            "more than was announced",
            [.post(3), .write(1, 4)],
            ["→ HEADERS 1", "the body is 1 bytes longer than it announced"]
        ),
        Case(
            "it waits for the stream's window",
            [
                .settings(Frames.setting(.initialWindow, 5)), .post(nil), .write(1, 8), .pump, .update(1, 2), .pump,
                .end(1), .update(1, 9), .pump,
            ],
            ["→ SETTINGS ack", "→ HEADERS 1", "→ DATA 1: 5", "→ DATA 1: 2", "→ DATA 1: 1, end"]
        ),
        Case(
            "an answer that ends first ends the request too",
            [.post(nil), .write(1, 3), .answer(1, 413, ends: true), .write(1, 3)],
            ["→ HEADERS 1", "→ DATA 1: 3", "1: 413, none", "→ RST_STREAM 1: cancel", "1: end"]
        ),
        Case(
            "an answer may begin and go on before that",
            [.post(nil), .answer(1), .data(1, 1), .write(1, 3), .end(1), .data(1, 0, ends: true)],
            [
                "→ HEADERS 1", "1: 200, unknown", "1: data 1", "→ DATA 1: 3", "→ DATA 1: 0, end", "1: end",
            ]
        ),
        Case(
            "given up: what comes of the answer is nobody's",
            [.get, .cancel(1), .answer(1), .data(1, 3, ends: true), .get],
            ["→ HEADERS 1, end", "→ RST_STREAM 1: cancel", "→ HEADERS 3, end"]
        ),
    ]

    static let limits = [
        Case(
            "our own limit of requests at a time",
            [.get, .get, .get, .get, .answer(3, ends: true), .get],
            [
                "→ HEADERS 1, end", "→ HEADERS 3, end", "→ HEADERS 5, end", "no room", "3: 200, none", "3: end",
                "→ HEADERS 7, end",
            ]
        ),
        Case(
            "that of the upstream, which may change",
            [
                .settings(Frames.setting(.concurrentStreams, 1)), .get, .get,
                .settings(Frames.setting(.concurrentStreams, 2)), .get, .get,
            ],
            ["→ SETTINGS ack", "→ HEADERS 1, end", "no room", "→ SETTINGS ack", "→ HEADERS 3, end", "no room"]
        ),
        Case(
            "the upstream says goodbye: what it has not begun can be sent elsewhere",
            [.get, .get, .goAway(last: 1), .get, .answer(1, ends: true)],
            [
                "→ HEADERS 1, end", "→ HEADERS 3, end", "farewell", "3: it takes no request at the moment", "no room",
                "1: 200, none", "1: end",
            ]
        ),
        Case(
            "in two steps",
            [.get, .goAway(last: 0x7FFF_FFFF), .goAway(last: 0)],
            ["→ HEADERS 1, end", "farewell", "farewell", "1: it takes no request at the moment"]
        ),
        Case(
            "refused, and reset",
            [.get, .get, .reset(1, .refusedStream), .reset(3, .internal)],
            [
                "→ HEADERS 1, end", "→ HEADERS 3, end", "1: it takes no request at the moment",
                "3: it reset the request's stream (INTERNAL_ERROR)",
            ]
        ),
        Case(
            "a reset behind the end of an answer is none",
            [.get, .answer(1, ends: true), .reset(1, .none)],
            ["→ HEADERS 1, end", "1: 200, none", "1: end"]
        ),
        Case(
            "a smaller table is acknowledged in the next block",
            [.settings(Frames.setting(.headerTableSize, 0)), .get],
            ["→ SETTINGS ack", "→ HEADERS 1, end"]
        ),
    ]

    static let faults = [
        Case(
            "longer than announced",
            [.get, .answer(1, 200, [("content-length", "1")]), .data(1, 2)],
            [
                "→ HEADERS 1, end", "1: 200, length(1)", "→ RST_STREAM 1: protocol",
                "1: its body is not as long as it was announced, or its frames come in a wrong order",
            ]
        ),
        Case(
            "shorter than announced",
            [.get, .answer(1, 200, [("content-length", "3")]), .data(1, 2, ends: true)],
            [
                "→ HEADERS 1, end", "1: 200, length(3)", "→ RST_STREAM 1: protocol",
                "1: its body is not as long as it was announced, or its frames come in a wrong order",
            ]
        ),
        Case(
            "data before a head",
            [.get, .data(1, 2)],
            [
                "→ HEADERS 1, end", "→ RST_STREAM 1: protocol",
                "1: its body is not as long as it was announced, or its frames come in a wrong order",
            ]
        ),
        Case(
            "a head that is too large, on a connection that goes on",
            [
                .get, .answer(1, 200, [("x", String(repeating: "a", count: 1000))], ends: true), .get,
                .answer(3, ends: true),
            ],
            [
                "→ HEADERS 1, end", "→ RST_STREAM 1: protocol", "1: its head is larger than the limit of 1000 bytes",
                "→ HEADERS 3, end", "3: 200, none", "3: end",
            ]
        ),
        Case(
            "too many fields",
            [.get, .answer(1, 200, (0..<11).map { ("x\($0)", "") }, ends: true)],
            ["→ HEADERS 1, end", "→ RST_STREAM 1: protocol", "1: it has more than 10 header lines"]
        ),
        Case(
            "too many ahead of it",
            [.get] + (0..<17).map { _ in .answer(1, 103) },
            ["→ HEADERS 1, end"] + (0..<16).map { _ in "1: 103 ahead" }
                + ["→ RST_STREAM 1: protocol", "1: more than 16 informational answers came before it"]
        ),
        Case(
            "an answer to nobody",
            [.answer(1)],
            ["→ GOAWAY 0: protocol", "close: it broke the rules of HTTP/2 (PROTOCOL_ERROR)"]
        ),
        Case(
            "a flood of PINGs",
            [.send(Array(repeatElement(Frames.make(.ping, [UInt8](repeating: 0, count: 8)), count: 1100).joined()))],
            (0..<999).map { _ in "→ PING ack" }
                + [
                    "→ PING ack", "→ GOAWAY 0: enhanceYourCalm",
                    "close: it floods the connection with frames that say nothing",
                ]
        ),
    ]

    @Test(arguments: answers + requests + limits + faults, [Int.max, 1])
    func happens(what: Case, piece: Int) {
        let said = HTTP2ClientScript.play(what.steps(), piece: piece)
        // Byte by byte, data come so too.
        #expect(Self.joined(said) == Self.joined(what.says))
    }

    /// Data of one stream that come one after the other are one.
    private static func joined(_ said: [String]) -> [String] {
        said.reduce(into: []) { all, line in
            let parts = line.split(separator: " ")
            if parts.count == 3, parts[1] == "data", let last = all.last?.split(separator: " "), last.count == 3,
                last[0] == parts[0], last[1] == "data", let one = Int(last[2]), let two = Int(parts[2])
            {
                all[all.count - 1] = "\(parts[0]) data \(one + two)"
            } else {
                all.append(line)
            }
        }
    }

    @Test func whatSpeaksSomethingElseIsNamed() {
        let first = HTTP2ClientScript.play([.send(Array("HTTP/1.1 400 Bad Request\r\n".utf8))], settings: nil)
        #expect(first.last == "close: it speaks HTTP/1.1; write http:// in its address")
        let other = HTTP2ClientScript.play([.send(Array("<!DOCTYPE HTML>".utf8))], settings: nil)
        #expect(other.last == "close: it does not speak HTTP/2")
    }

    @Test func noRequestBeforeSettings() {
        #expect(HTTP2ClientScript.play([.get], settings: nil) == ["no room"])
    }

    @Test func theHeadOfARequest() throws {
        let head = RequestHead(
            method: "POST",
            target: "/a?b",
            fields: [
                ("Host", "client"), ("Connection", "X-Own"), ("X-Own", "1"), ("TE", "gzip, trailers"), ("X-A", "2"),
                ("Transfer-Encoding", "chunked"), ("Upgrade", "x"), ("Expect", "100-continue"),
            ]
        )
        var line = HTTP2RequestEncoder.Line(target: Array("/a?b".utf8), host: Array("h".utf8), isSecure: true)
        line.takesTrailers = true
        line.added = Headers(validBlock: Array("Via: 1.1 m\r\n".utf8))
        let block = try HTTP2RequestEncoder.block(
            line,
            of: head,
            framing: .length(3),
            announcesNone: false,
            without: { _ in false }
        )
        #expect(
            responseFields(block) == [
                ":method: POST", ":scheme: https", ":authority: h", ":path: /a?b", "x-a: 2", "via: 1.1 m",
                "content-length: 3", "te: trailers",
            ]
        )
    }
}
