import HTTPTypes
import MartletGateway
import MartletHTTP1
import Testing

@testable import MartletHTTP2

/// The life of streams and connections, as a table: what happens, and what the machine says and sends.
@Suite struct HTTP2MachineTests {
    typealias Step = HTTP2Script.Step

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
            "a request, and another",
            [.get(1), .answer(1, 2), .write(1, 2), .end(1), .get(3)],
            ["1: GET /", "→ HEADERS 1: 200", "→ DATA 1: 2, end", "3: GET /"]
        ),
        Case("an answer without a body", [.get(1), .answer(1, 0)], ["1: GET /", "→ HEADERS 1: 200, end"]),
        Case(
            "204 has none, whatever is written",
            [.get(1), .answer(1, 3, status: 204), .write(1, 3)],
            ["1: GET /", "→ HEADERS 1: 204, end"]
        ),
        Case(
            "HEAD",
            [
                .send(Frames.make(.headers, [.endHeaders, .endStream], stream: 1, Frames.block("HEAD", []))),
                .answer(1, 5), .write(1, 5), .end(1),
            ],
            ["1: HEAD /", "→ HEADERS 1: 200, end"]
        ),
        Case(
            "a body of unknown length",
            [.get(1), .answer(1, nil), .write(1, 3), .write(1, 4), .end(1)],
            ["1: GET /", "→ HEADERS 1: 200", "→ DATA 1: 3", "→ DATA 1: 4", "→ DATA 1: 0, end"]
        ),
        Case(
            "fields behind a body",
            [.get(1), .answer(1, nil), .write(1, 3), .end(1, trailer: Headers([(.eTag, "0")]))],
            ["1: GET /", "→ HEADERS 1: 200", "→ DATA 1: 3", "→ HEADERS 1: etag: 0, end"]
        ),
        Case(
            "more than was announced",
            [.get(1), .answer(1, 3), .write(1, 4)],
            ["1: GET /", "→ HEADERS 1: 200", "the body is 1 bytes longer than it announced"]
        ),
        Case(
            "an answer that breaks off",
            [.get(1), .answer(1, nil), .write(1, 3), .abort(1), .get(3)],
            ["1: GET /", "→ HEADERS 1: 200", "→ DATA 1: 3", "→ RST_STREAM 1: internal", "3: GET /"]
        ),
        Case(
            "answers in any order",
            [.get(1), .get(3), .answer(3, 0), .answer(1, 0)],
            ["1: GET /", "3: GET /", "→ HEADERS 3: 200, end", "→ HEADERS 1: 200, end"]
        ),
        Case(
            "as many streams as there may be",
            [.get(1), .get(3), .get(5), .get(7), .answer(1, 0), .get(9)],
            [
                "1: GET /", "3: GET /", "5: GET /", "→ RST_STREAM 7: refusedStream", "→ HEADERS 1: 200, end",
                "9: GET /",
            ]
        ),
        Case(
            "a client that makes the table smaller is told once",
            [.settings(Frames.setting(.headerTableSize, 0)), .get(1), .answer(1, 0), .get(3), .answer(3, 0)],
            ["→ SETTINGS ack", "1: GET /", "→ HEADERS 1: 200, end", "3: GET /", "→ HEADERS 3: 200, end"]
        ),
    ]

    static let bodies = [
        Case(
            "a body that is here",
            [
                .send(
                    Frames.make(.headers, .endHeaders, stream: 1, Frames.block("POST", []))
                        + Frames.make(.data, .endStream, stream: 1, [1, 2])
                )
            ],
            ["1: POST / with 2"]
        ),
        Case(
            "a body in parts",
            [.post(1, [("content-length", "4")]), .data(1, 1), .data(1, 3, ends: true)],
            ["1: POST / with 4", "1: data 1", "1: data 3", "1: body ends"]
        ),
        Case(
            "a body without its length, and a trailer",
            [
                .post(1), .data(1, 3),
                .send(Frames.make(.headers, [.endHeaders, .endStream], stream: 1, [0, 1, 0x61, 1, 0x62])),
            ],
            ["1: POST / with unknown", "1: data 3", "1: body ends [(name: \"a\", value: \"b\")]"]
        ),
        Case(
            "padding",
            [.post(1), .send(Frames.make(.data, [.padded, .endStream], stream: 1, [2, 0x61, 0, 0]))],
            ["1: POST / with unknown", "1: data 1", "1: body ends"]
        ),
        Case("a body above the limit", [.post(1, [("content-length", "1001")])], ["1: 413"]),
        Case(
            "a body that grows above the limit",
            [.post(1), .data(1, 600), .data(1, 600)],
            ["1: POST / with unknown", "1: data 600", "1: fault 413"]
        ),
        Case(
            "less than was announced",
            [.post(1, [("content-length", "4")]), .data(1, 3, ends: true), .get(3)],
            ["1: POST / with 4", "→ RST_STREAM 1: protocol", "1: lost", "3: GET /"]
        ),
        Case(
            "100 Continue",
            [
                .post(1, [("content-length", "2"), ("expect", "100-continue")]), .wanted(1), .wanted(1),
                .data(1, 2, ends: true),
            ],
            ["1: POST / with 2", "→ HEADERS 1: 100", "1: data 2", "1: body ends"]
        ),
        Case(
            "an answer before the body has come: it is discarded to its end",
            [.post(1), .answer(1, 0), .data(1, 100), .data(1, 100, ends: true), .get(3)],
            ["1: POST / with unknown", "→ HEADERS 1: 200, end", "3: GET /"]
        ),
        Case(
            "an answer before the body has come, which does not end",
            [.post(1), .answer(1, 0), .tick(3), .data(1, 10), .get(3)],
            ["1: POST / with unknown", "→ HEADERS 1: 200, end", "gave up 1", "→ RST_STREAM 1: cancel", "3: GET /"]
        ),
        Case(
            "DATA that was on its way when we reset",
            [.post(1), .abort(1), .data(1, 10), .data(1, 5, ends: true), .get(3)],
            ["1: POST / with unknown", "→ RST_STREAM 1: internal", "3: GET /"]
        ),
        Case(
            "a WebSocket, whose bytes are not bounded as a body",
            [.webSocket(1), .data(1, 900), .data(1, 900, ends: true)],
            ["1: GET / (WebSocket)", "1: data 900", "1: data 900", "1: body ends"]
        ),
    ]

    static let windows = [
        Case(
            "an answer waits for the window of its stream",
            [
                .settings(Frames.setting(.initialWindow, 2)), .get(1), .answer(1, 5), .write(1, 5), .end(1), .pump,
                .update(1, 2), .pump, .update(1, 10), .pump,
            ],
            ["→ SETTINGS ack", "1: GET /", "→ HEADERS 1: 200", "→ DATA 1: 2", "→ DATA 1: 2", "→ DATA 1: 1, end"]
        ),
        Case(
            "SETTINGS change the windows of open streams, also below zero",
            [
                .settings(Frames.setting(.initialWindow, 2)), .get(1), .answer(1, 9), .write(1, 9), .pump,
                .settings(Frames.setting(.initialWindow, 0)), .update(1, 2), .pump, .update(1, 1), .pump,
                .settings(Frames.setting(.initialWindow, 9)), .pump,
            ],
            [
                "→ SETTINGS ack", "1: GET /", "→ HEADERS 1: 200", "→ DATA 1: 2", "→ SETTINGS ack", "→ DATA 1: 1",
                "→ SETTINGS ack", "→ DATA 1: 6, end",
            ]
        ),
        Case(
            "two streams share the connection's window",
            [
                .settings(Frames.setting(.initialWindow, 100_000)), .get(1), .answer(1, 60_000), .write(1, 60_000),
                .pump, .get(3),
                .answer(3, 10_000), .write(3, 10_000), .pump, .update(0, 10_000), .pump,
            ],
            [
                "→ SETTINGS ack", "1: GET /", "→ HEADERS 1: 200", "→ DATA 1: 16384", "→ DATA 1: 16384",
                "→ DATA 1: 16384",
                "→ DATA 1: 10848, end", "3: GET /", "→ HEADERS 3: 200", "→ DATA 3: 5535", "→ DATA 3: 4465, end",
            ]
        ),
        Case(
            "a window that never opens",
            [.settings(Frames.setting(.initialWindow, 0)), .get(1), .answer(1, 5), .write(1, 5), .tick(4), .get(3)],
            ["→ SETTINGS ack", "1: GET /", "→ HEADERS 1: 200", "gave up 1", "→ RST_STREAM 1: cancel", "3: GET /"]
        ),
        Case(
            "the urgent one goes first, and those that are incremental take turns",
            [
                .settings(Frames.setting(.initialWindow, 0)), .get(1, [("priority", "u=3, i")]),
                .get(3, [("priority", "u=3, i")]), .get(5, [("priority", "u=1")]), .answer(1, nil), .answer(3, nil),
                .answer(5, nil), .write(1, 20_000), .write(3, 20_000), .write(5, 20_000),
                .settings(Frames.setting(.initialWindow, 20_000)), .pump,
            ],
            [
                "→ SETTINGS ack", "1: GET /", "3: GET /", "5: GET /", "→ HEADERS 1: 200", "→ HEADERS 3: 200",
                "→ HEADERS 5: 200", "→ SETTINGS ack", "→ DATA 5: 16384", "→ DATA 5: 3616", "→ DATA 1: 16384",
                "→ DATA 3: 16384", "→ DATA 1: 3616", "→ DATA 3: 3616",
            ]
        ),
        Case(
            "among equals those that are not incremental go one after the other, whenever their bytes come",
            [
                .settings(Frames.setting(.initialWindow, 0)), .get(1), .get(3), .answer(1, nil), .answer(3, nil),
                .write(3, 20_000), .write(1, 20_000), .settings(Frames.setting(.initialWindow, 1 << 20)), .pump,
            ],
            [
                "→ SETTINGS ack", "1: GET /", "3: GET /", "→ HEADERS 1: 200", "→ HEADERS 3: 200", "→ SETTINGS ack",
                "→ DATA 1: 16384", "→ DATA 1: 3616", "→ DATA 3: 16384", "→ DATA 3: 3616",
            ]
        ),
        Case(
            "of both kinds each has every other turn",
            [
                .update(0, 1 << 20), .settings(Frames.setting(.initialWindow, 0)), .get(1),
                .get(3, [("priority", "i")]),
                .get(5, [("priority", "i")]), .answer(1, nil), .answer(3, nil), .answer(5, nil), .write(1, 40_000),
                .write(3, 20_000), .write(5, 20_000), .settings(Frames.setting(.initialWindow, 1 << 20)), .pump,
            ],
            [
                "→ SETTINGS ack", "1: GET /", "3: GET /", "5: GET /", "→ HEADERS 1: 200", "→ HEADERS 3: 200",
                "→ HEADERS 5: 200", "→ SETTINGS ack", "→ DATA 1: 16384", "→ DATA 3: 16384", "→ DATA 1: 16384",
                "→ DATA 5: 16384", "→ DATA 1: 7232", "→ DATA 3: 3616", "→ DATA 5: 3616",
            ]
        ),
        Case(
            "the client's window is given back when its bytes have been used",
            [.webSocket(1)] + (0..<9).map { _ in .data(1, 16_000) } + [.used(1, 100_000), .used(1, 44_000)],
            ["1: GET / (WebSocket)"] + (0..<9).map { _ in "1: data 16000" } + ["→ WINDOW_UPDATE 1: 144000"]
        ),
        Case(
            "more than the client's window",
            [.webSocket(1)] + (0..<17).map { _ in .data(1, 16_000) },
            ["1: GET / (WebSocket)"] + (0..<16).map { _ in "1: data 16000" }
                + ["→ RST_STREAM 1: flowControl", "1: lost"]
        ),
    ]

    static let endings = [
        Case("the client resets", [.get(1), .reset(1), .answer(1, 5), .get(3)], ["1: GET /", "1: lost", "3: GET /"]),
        Case(
            "a stop in two steps",
            [
                .get(1), .farewell, .get(3),
                .send(Frames.make(.ping, .ack, stream: 0, Array("martlet!".utf8))), .get(5), .data(5, 3), .answer(1, 0),
            ],
            [
                "1: GET /", "→ GOAWAY 2147483647: none", "→ PING", "3: GET /", "→ GOAWAY 3: none",
                "→ HEADERS 1: 200, end",
            ]
        ),
        Case("the client leaves", [.send(Frames.make(.goAway, [UInt8](repeating: 0, count: 8)))], ["client leaves"]),
        Case(
            "after a fault nothing is read",
            [.get(2), .get(3)],
            ["→ GOAWAY 0: protocol", "close: protocol"]
        ),
    ]

    /// An answer is made before the body of its request has been read.
    static let unread = [
        Case(
            "a client that has filled its window is told at once",
            [.post(1)] + full + [.answer(1, 2), .write(1, 2), .end(1)],
            ["1: POST / with unknown"] + filled + ["→ HEADERS 1: 200", "→ DATA 1: 2, end", "→ RST_STREAM 1: none"]
        ),
        Case(
            "also by an answer without a body",
            [.post(1)] + full + [.answer(1, 0)],
            ["1: POST / with unknown"] + filled + ["→ HEADERS 1: 200, end", "→ RST_STREAM 1: none"]
        ),
        Case(
            "also where the end of the answer waits for its window",
            [.settings(Frames.setting(.initialWindow, 1)), .post(1)] + full + [
                .answer(1, 2), .write(1, 2), .end(1), .pump, .update(1, 1), .pump,
            ],
            ["→ SETTINGS ack", "1: POST / with unknown"] + filled + [
                "→ HEADERS 1: 200", "→ DATA 1: 1", "→ DATA 1: 1, end", "→ RST_STREAM 1: none",
            ]
        ),
        Case(
            "one that has not is told when it has",
            [.post(1), .answer(1, 0)] + full,
            ["1: POST / with unknown", "→ HEADERS 1: 200, end", "→ RST_STREAM 1: none"]
        ),
        Case(
            "one that ends its body is not told",
            [.post(1), .answer(1, 0), .data(1, 10, ends: true), .get(3)],
            ["1: POST / with unknown", "→ HEADERS 1: 200, end", "3: GET /"]
        ),
    ]
    private static let full = (0..<16).map { _ in Step.data(1, 16_384) }
    private static let filled = (0..<16).map { _ in "1: data 16384" }

    @Test(arguments: unread)
    func conversationWithALargeBody(_ row: Case) {
        #expect(HTTP2Script.play(row.steps(), limits: HTTP2Limits(bodyBytes: 1 << 30)) == row.says)
    }

    @Test(arguments: answers + bodies + windows + endings)
    func conversation(_ row: Case) {
        #expect(HTTP2Script.play(row.steps()) == row.says)
    }

    @Test func aClientThatMakesTheTableSmallerIsToldInTheNextBlock() {
        var player = HTTP2Script.Player(limits: HTTP2Limits(bodyBytes: 0), piece: .max)
        player.send(HTTP2Script.begin)
        player.play(.settings(Frames.setting(.headerTableSize, 100)))
        for (id, first) in [(UInt32(1), UInt8(0x20)), (3, 0x88)] {
            player.play(.get(id))
            _ = player.machine.streams.writeHead(
                id,
                status: 200,
                headers: Headers(),
                body: .empty,
                with: &player.encoder,
                into: &player.output
            )
            #expect(Frames.read(&player.output).first?.payload.first == first)
        }
    }
}
