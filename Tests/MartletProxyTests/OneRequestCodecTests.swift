import MartletCGI
import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

@testable import MartletProxy

/// uwsgi and SCGI to upstreams.
@Suite struct OneRequestCodecTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: String
        let said: [String]
        var method = "GET"
        var ends = true

        init(_ name: String, _ answer: String, _ said: [String], method: String = "GET", ends: Bool = true) {
            (testDescription, self.answer, self.said, self.method, self.ends) = (name, answer, said, method, ends)
        }
    }

    static let cases = [
        Case("open end", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", ["200 unknown A=b", "data body", "end"]),
        Case(
            "announced",
            "HTTP/1.0 404 Not Found\r\nContent-Length: 4\r\n\r\nbody",
            ["404 length(4) ", "data body", "end"],
            ends: false
        ),
        Case(
            "empty",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            ["200 none Content-Length=0", "end"],
            ends: false
        ),
        Case(
            "HEAD",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            ["200 none Content-Length=9", "end"],
            method: "HEAD"
        ),
        Case("no content", "HTTP/1.1 204 No Content\r\n\r\n", ["204 none ", "end"]),
        Case(
            "a Location is the client's",
            "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",
            ["302 unknown Location=/x", "end"]
        ),
        Case(
            "about the connection",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nX: y\r\n\r\n",
            ["200 unknown X=y", "end"]
        ),
        Case("nothing", "", ["fault it ended without an answer (end)"]),
        Case(
            "half a head",
            "HTTP/1.1 200 OK\r\nA",
            ["fault it ended within the head of its answer, after 18 bytes; an empty line ends the head"]
        ),
        Case("no status line", "Status: 200 OK\r\n\r\n", ["fault it does not begin with a status line of HTTP"]),
        Case(
            "chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            ["fault it wrote Transfer-Encoding: chunked; how a body is sent is for the server to say"]
        ),
        Case(
            "too short",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            ["200 length(9) ", "fault it ended 9 bytes before the end of the body of 9 bytes that it announced"]
        ),
    ]

    @Test("Answers over uwsgi", arguments: cases, [1, 7, 1000])
    func uwsgi(row: Case, piece: Int) throws {
        let request = try CodecRun.outgoing(method: row.method)
        let run = try CodecRun(
            OneRequestCodec(.uwsgi, authority: []),
            request,
            input: Array(row.answer.utf8),
            piece: piece,
            ends: row.ends
        )
        #expect(run.said == row.said)
        #expect(!run.isIdle)
    }

    @Test(
        "Answers over SCGI",
        arguments: [
            ("Status: 201 Created\nA: b\n\nbody", ["201 unknown A=b", "data body", "end"]),
            ("Content-Type: text/plain\n\nbody", ["200 unknown Content-Type=text/plain", "data body", "end"]),
            ("Location: /other?a\n\n", ["redirect /other?a"]),
            ("Location: http://a/\n\n", ["302 unknown Location=http://a/", "end"]),
            (
                "HTTP/1.1 200 OK\r\n\r\n",
                [
                    "fault it answers with a status line of HTTP (\"nph-\"); the line is Status: 200 OK, and the connection is the "
                        + "server's"
                ]
            ),
        ] as [(String, [String])],
        [1, 1000]
    )
    func scgi(row: (answer: String, said: [String]), piece: Int) throws {
        let run = try CodecRun(
            OneRequestCodec(.scgi, authority: []),
            CodecRun.outgoing(),
            input: Array(row.answer.utf8),
            piece: piece,
            ends: true
        )
        #expect(run.said == row.said)
    }

    @Test("A request over uwsgi has its variables and its body")
    func requestOfUWSGI() throws {
        let request = try CodecRun.outgoing(method: "POST")
        let codec = OneRequestCodec(.uwsgi, authority: [])
        #expect(codec.isIdle)
        var run = try CodecRun(codec, request, body: "abc", input: [], piece: 1, ends: false).sent
        let variables = try #require(try UWSGIPacket.read(&run, limits: CGIVariables.Limits()))
        #expect(String(buffer: run) == "abc")
        #expect(variables["CONTENT_LENGTH"] == "3")
        #expect(variables["REQUEST_URI"] == "/app/x?q=1")
        #expect(variables["SCRIPT_NAME"] == "/app" && variables["PATH_INFO"] == "/x")
        #expect(variables["HTTP_X_FORWARDED_FOR"] == "2001:db8::7" && variables["HTTP_HOST"] == "h.example:8000")
        #expect(variables["HTTP_X_FORWARDED_PREFIX"] == nil)
    }

    @Test("A request over SCGI begins with its length, also without a body")
    func requestOfSCGI() throws {
        var run = try CodecRun(
            OneRequestCodec(.scgi, authority: []),
            CodecRun.outgoing(),
            input: [],
            piece: 1,
            ends: false
        ).sent
        let variables = try #require(try SCGIHeaders.read(&run, limits: CGIVariables.Limits()))
        #expect(variables.pairs.first?.name == "CONTENT_LENGTH" && variables.pairs.first?.value == "0")
        #expect(run.readableBytes == 0)
    }

    @Test(
        "A path in the address takes the place of the route",
        arguments: [
            ("/", "", "/x", "/x?q=1"), ("/v2", "/v2", "/x", "/v2/x?q=1"), ("/v%202/", "/v 2", "/x", "/v%202/x?q=1"),
        ]
    )
    func paths(base: String, script: String, info: String, target: String) throws {
        let variables = try CodecRun.outgoing(base: base).variables(
            over: .uwsgi,
            framing: .none,
            [],
            limits: CGIVariables.Limits()
        )
        #expect(variables["SCRIPT_NAME"] == script && variables["PATH_INFO"] == info)
        #expect(variables["REQUEST_URI"] == target && variables["HTTP_X_FORWARDED_PREFIX"] == "/app")
    }

    @Test("No variable is there twice, whatever the client has sent")
    func names() throws {
        let fields = [
            ("Host", "h"), ("Via", "1.1 a"), ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Prefix", "/evil"),
            ("Forwarded", "for=6.6.6.6"), ("Proxy", "evil"), ("A", "1"), ("a", "2"),
        ]
        let variables = try CodecRun.outgoing(fields: fields).variables(
            over: .uwsgi,
            framing: .none,
            [],
            limits: CGIVariables.Limits()
        )
        let names = variables.pairs.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(variables["HTTP_X_FORWARDED_FOR"] == "2001:db8::7" && variables["HTTP_X_FORWARDED_PREFIX"] == nil)
        #expect(variables["HTTP_VIA"]?.hasPrefix("1.1 a, 1.1 martlet-") == true)
        #expect(variables["HTTP_PROXY"] == nil && variables["HTTP_A"] == "1,2")
    }

    @Test("What the protocol cannot carry is refused before anything is sent")
    func limits() throws {
        let large = [("Host", "h"), ("A", String(repeating: "a", count: 65_200))]
        for codec in [OneRequestCodec(.uwsgi, authority: []), OneRequestCodec(.scgi, authority: [])] {
            #expect(throws: HeadTooLargeForUpstream.self) {
                try CodecRun(codec, CodecRun.outgoing(fields: large), input: [], piece: 1, ends: false)
            }
        }
        #expect(throws: NULForUpstream.self) {
            try CodecRun(
                OneRequestCodec(.scgi, authority: []),
                CodecRun.outgoing("/app/%00"),
                input: [],
                piece: 1,
                ends: false
            )
        }
    }

    @Test("A body that is not as long as it was announced is none")
    func bodies() throws {
        let request = try CodecRun.outgoing(method: "POST")
        let codec = OneRequestCodec(.uwsgi, authority: [])
        let run = try CodecRun(codec, request, body: "ab", announced: 3, input: [], piece: 1, ends: false)
        #expect(run.said == ["body is not whole"])
        #expect(throws: (any Error).self) {
            let codec = OneRequestCodec(.uwsgi, authority: [])
            _ = try CodecRun(codec, request, body: "abcd", announced: 3, input: [], piece: 1, ends: false)
        }
    }

    @Test("What comes before anything was asked is a fault")
    func strangers() {
        let codec = OneRequestCodec(.uwsgi, authority: [])
        var input = ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n")
        guard case .fault = codec.receive(&input) else {
            Issue.record("it is taken for an answer")
            return
        }
    }
}
