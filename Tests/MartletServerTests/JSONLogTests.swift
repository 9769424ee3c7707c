import MartletGateway
import MartletHTTP1
import MartletServer
import NIOCore
import Testing

@Suite struct JSONLogTests {
    static let texts: [(bytes: [UInt8], expected: String)] = [
        (Array("plain".utf8), "plain"),
        (Array(#"a "b" \c/"#.utf8), #"a \"b\" \\c/"#),
        (Array("tab\tline\r\n".utf8), #"tab\tline\r\n"#),
        ([0x00, 0x1F, 0x1B, 0x7F], #"\u0000\u001f\u001b\u007f"#),
        (Array("ü € 😀".utf8), "ü € 😀"),
        // C1 controls, as code points and as bytes.
        (Array("\u{9B}31m".utf8), #"\u009b31m"#),
        ([0x9B, 0x33], "\u{FFFD}3"),
        // Latin-1, cut short, overlong, surrogate, beyond Unicode.
        ([0xFC, 0x41], "\u{FFFD}A"),
        ([0x41, 0xE2, 0x82], "A\u{FFFD}"),
        ([0xE2, 0x82, 0x41], "\u{FFFD}A"),
        ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
        ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ([], ""),
    ]

    @Test("Text within quotes", arguments: texts)
    func text(_ row: (bytes: [UInt8], expected: String)) {
        #expect(Self.escaped(row.bytes, upTo: 100) == row.expected)
    }

    @Test(
        "A long text is cut between characters",
        arguments: [
            (1, "a"), (2, "a"), (3, "a"), (4, "a€"), (5, "a€b"), (6, "a€b"),
        ]
    )
    func cut(_ limit: Int, _ expected: String) {
        #expect(Self.escaped(Array("a€b".utf8), upTo: limit) == expected)
    }

    @Test("What was wrong before the cut stays visible")
    func wrongBeforeTheCut() {
        #expect(Self.escaped([0x41, 0xFF, 0x42, 0xE2, 0x82, 0xAC], upTo: 5) == "A\u{FFFD}B")
    }

    private static func escaped(_ bytes: [UInt8], upTo limit: Int) -> String {
        var output: [UInt8] = []
        bytes.withUnsafeBytes { JSONText.append($0, upTo: limit, to: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    private static let moment = JSONLogFormat.Moment(
        milliseconds: 1_795_409_393_020,
        deadline: .uptimeNanoseconds(5_001_204_999)
    )

    private static func line(_ head: RequestHead?, _ line: RequestLineText? = nil, started: NIODeadline?) -> String {
        var output: [UInt8] = []
        let entry = AccessLogEntry(
            client: Array("192.0.2.1".utf8),
            head: head,
            line: line,
            status: 200,
            bytes: 12,
            connection: 36,
            sequence: 7,
            started: started
        )
        JSONLogFormat.append(entry, at: moment, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test("A line")
    func line() {
        let fields = [("Host", "shop.test"), ("Referer", "/\"x\""), ("User-Agent", "curl/8")]
        let head = RequestHead(method: "GET", target: "/a?b=%22", fields: fields)
        #expect(
            Self.line(head, started: .uptimeNanoseconds(5_000_000_000))
                == #"{"time":"2026-11-23T04:49:53.020Z","client":"192.0.2.1","method":"GET","target":"/a?b=%22","#
                + #""protocol":"HTTP/1.1","status":200,"bytes":12,"duration_ms":1.204,"referer":"/\"x\"","#
                + #""user_agent":"curl/8","request_id":"10-7","host":"shop.test"}"# + "\n"
        )
    }

    @Test("A request of which only the first line could be read")
    func firstLine() {
        let first = Array("GET /\"a HTTP/1.1\r\nHost".utf8).withUnsafeBytes { RequestLineText($0, upTo: 99) }
        #expect(
            Self.line(nil, first, started: nil)
                == #"{"time":"2026-11-23T04:49:53.020Z","client":"192.0.2.1","method":"GET","target":"/\"a","#
                + #""protocol":null,"status":200,"bytes":12,"duration_ms":null,"referer":null,"#
                + #""user_agent":null,"request_id":"10-7","host":null}"# + "\n"
        )
    }

    @Test("A request that could not be read")
    func unreadable() {
        #expect(
            Self.line(nil, started: nil)
                == #"{"time":"2026-11-23T04:49:53.020Z","client":"192.0.2.1","method":null,"target":null,"#
                + #""protocol":null,"status":200,"bytes":12,"duration_ms":null,"referer":null,"#
                + #""user_agent":null,"request_id":"10-7","host":null}"# + "\n"
        )
    }
}
