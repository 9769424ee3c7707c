import MartletBytes
import MartletGateway
import MartletHTTP1
import MartletServer
import NIOCore
import Testing

@Suite struct JSONLogTests {
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
        JSONLogFormat.append(entry, hiding: .defaults, at: moment, to: &output)
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
                + #""user_agent":"curl/8","request_id":"10-7","host":"shop.test","trace_id":null,"span_id":null}"#
                + "\n"
        )
    }

    @Test("A request of which only the first line could be read")
    func firstLine() {
        let first = Array("GET /\"a HTTP/1.1\r\nHost".utf8).withUnsafeBytes { RequestLineText($0, upTo: 99) }
        #expect(
            Self.line(nil, first, started: nil)
                == #"{"time":"2026-11-23T04:49:53.020Z","client":"192.0.2.1","method":"GET","target":"/\"a","#
                + #""protocol":null,"status":200,"bytes":12,"duration_ms":null,"referer":null,"#
                + #""user_agent":null,"request_id":"10-7","host":null,"trace_id":null,"span_id":null}"# + "\n"
        )
    }

    @Test("A request that could not be read")
    func unreadable() {
        #expect(
            Self.line(nil, started: nil)
                == #"{"time":"2026-11-23T04:49:53.020Z","client":"192.0.2.1","method":null,"target":null,"#
                + #""protocol":null,"status":200,"bytes":12,"duration_ms":null,"referer":null,"#
                + #""user_agent":null,"request_id":"10-7","host":null,"trace_id":null,"span_id":null}"# + "\n"
        )
    }

    @Test("What belongs to a trace says so, and secrets in URLs are not shown")
    func traceAndSecrets() {
        let fields = [
            ("TraceParent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            ("Referer", "https://a.test/?reset_token=abc"), ("Cookie", "id=s3cret"), ("Authorization", "Basic s3cret"),
        ]
        let line = Self.line(RequestHead(method: "GET", target: "/?a=1&password=abc&b", fields: fields), started: nil)
        #expect(line.contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7""#))
        #expect(line.contains(#""target":"/?a=1&password=[redacted]&b""#))
        #expect(line.contains(#""referer":"https://a.test/?reset_token=[redacted]""#))
        #expect(!line.contains("s3cret"))
    }
}
