import HTTPTypes
import MartletGateway
import MartletHTTP1
import Testing

@Suite struct RequestParserTests {
    private func parse(_ text: String, limits: HeadLimits = HeadLimits()) -> Result<RequestHead, RequestFault> {
        parseMessage(text, limits: limits).map(\.head)
    }

    private func parseMessage(
        _ text: String,
        limits: HeadLimits = HeadLimits()
    ) -> Result<(head: RequestHead, message: HTTP1Message), RequestFault> {
        var parser = RequestParser(limits: limits)
        let head = RequestHead()
        switch Array(text.utf8).withUnsafeBytes({ parser.parse($0, into: head) }) {
        case .complete(_, let message): return .success((head, message))
        case .fault(let fault): return .failure(fault)
        case .needsMore: return .failure(.headTooSlow)
        }
    }

    @Test(
        arguments: [
            ("/", "/", nil, "h"),
            ("/a/b%20c?x=1?y", "/a/b%20c", "x=1?y", "h"),
            ("/?", "/", "", "h"),
            ("//double", "//double", nil, "h"),
            ("http://other:80/p?q", "/p", "q", "other:80"),
            ("HTTP://OTHER", "/", nil, "OTHER"),
            ("https://[::1]:8443?q=/", "/", "q=/", "[::1]:8443"),
        ] as [(String, String, String?, String)]
    )
    func targetIsTakenApart(target: String, path: String, query: String?, authority: String) throws {
        let head = try parse("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n").get()
        #expect(head.string(head.target) == target)
        #expect(head.string(head.path) == path)
        #expect(head.query.map(head.string) == query)
        #expect(head.authority.map(head.string) == authority)
    }

    @Test func asteriskHasNoPath() throws {
        let head = try parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").get()
        #expect(head.path.count == 0)
        #expect(head.string(head.target) == "*")
    }

    @Test(arguments: [
        ("HTTP/1.1", "", true),
        ("HTTP/1.1", "Connection: close\r\n", false),
        ("HTTP/1.1", "Connection: keep-alive, Close\r\n", false),
        ("HTTP/1.1", "Connection: close\r\nConnection: keep-alive\r\n", false),
        ("HTTP/1.0", "", false),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
        ("HTTP/1.0", "Connection: keep-alive, close\r\n", false),
    ])
    func persistence(version: String, fields: String, keepsAlive: Bool) throws {
        let message = try parseMessage("GET / \(version)\r\nHost: h\r\n\(fields)\r\n").get().message
        #expect(message.keepsAlive == keepsAlive)
    }

    @Test(
        arguments: [
            ("1.0", .success(0)), ("1.1", .success(1)), ("1.2", .success(1)), ("1.9", .success(1)),
            ("0.9", .failure(.versionNotSupported)), ("2.0", .failure(.versionNotSupported)),
            ("2.1", .failure(.versionNotSupported)), ("9.9", .failure(.versionNotSupported)),
            ("1.10", .failure(.malformedVersion)), ("11.1", .failure(.malformedVersion)),
            ("1", .failure(.malformedVersion)),
        ] as [(String, Result<UInt8, RequestFault>)]
    )
    func unknownMinorVersionIsReadAsTheHighestThatIsKnown(version: String, minor: Result<UInt8, RequestFault>) {
        #expect(parse("GET / HTTP/\(version)\r\nHost: h\r\n\r\n").map(\.version.minor) == minor)
    }

    @Test(
        arguments: [
            ("chunked", nil), ("Chunked", nil), (" chunked\t", nil), ("chunked, chunked", .codingWithoutEnd),
            ("gzip", .codingWithoutEnd), ("chunked, gzip", .codingWithoutEnd), ("identity", .codingWithoutEnd),
            ("xchunked", .codingWithoutEnd), ("chunked;a=b", .codingWithoutEnd), ("gzip, chunked", .codingNotSupported),
            ("gzip;q=\"1\", br ; a=b,chunked", .codingNotSupported), ("chunked, br, chunked", .codingWithoutEnd),
            ("", .invalidCoding), (",chunked", .invalidCoding), ("chunked,", .invalidCoding),
            ("gzip,,chunked", .invalidCoding),
            ("\"chunked\"", .invalidCoding), ("g[z, chunked", .invalidCoding), ("gzip br, chunked", .invalidCoding),
            ("gzip\r\nTransfer-Encoding: chunked", .codingNotSupported),
            ("chunked\r\nTransfer-Encoding: gzip", .codingWithoutEnd),
            ("chunked\r\nTransfer-Encoding: chunked", .codingWithoutEnd),
        ] as [(String, RequestFault?)]
    )
    func bodyEndsWhereChunkedIsTheLastCodingAndTheOnlyOne(value: String, fault: RequestFault?) {
        #expect(parse("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \(value)\r\n\r\n").fault == fault)
        #expect(RequestFault.codingWithoutEnd.status.code == 400)
        #expect(RequestFault.invalidCoding.status.code == 400)
        #expect(RequestFault.codingNotSupported.status.code == 501)
    }

    @Test func upgradeNeedsBothFields() throws {
        let both = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
        #expect(try parseMessage("GET / HTTP/1.1\r\nHost: h\r\n\(both)\r\n").get().message.wantsUpgrade)
        #expect(try !parseMessage("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n").get().message.wantsUpgrade)
        #expect(try !parseMessage("GET / HTTP/1.0\r\nHost: h\r\n\(both)\r\n").get().message.wantsUpgrade)
    }

    @Test func expectationIsReadOnHTTP11Only() throws {
        let fields = "Host: h\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n"
        #expect(try parseMessage("PUT / HTTP/1.1\r\n\(fields)").get().message.expectsContinue)
        #expect(try !parseMessage("PUT / HTTP/1.0\r\n\(fields)").get().message.expectsContinue)
        #expect(parse("PUT / HTTP/1.0\r\nExpect: miracles\r\n\r\n").fault == nil)
    }

    @Test(
        arguments: [
            ("GET /\(String(repeating: "a", count: 63)) HTTP/1.1\r\nHost: h\r\n\r\n", nil),
            ("GET /\(String(repeating: "a", count: 64)) HTTP/1.1\r\nHost: h\r\n\r\n", .targetTooLong(limit: 64)),
            ("GET /\(String(repeating: "a", count: 400))", .targetTooLong(limit: 64)),
            (String(repeating: "A", count: 32) + " / HTTP/1.1\r\nHost: h\r\n\r\n", nil),
            (String(repeating: "A", count: 33) + " / HTTP/1.1\r\nHost: h\r\n\r\n", .methodTooLong),
            (String(repeating: "A", count: 400), .methodTooLong),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n\r\n", nil),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", .tooManyFields(limit: 3)),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 224))\r\n\r\n", nil),
            (
                "GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 225))\r\n\r\n",
                .headTooLarge(limit: 256)
            ),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 400))", .headTooLarge(limit: 256)),
            ("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", nil),
            ("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", .tooManyEmptyLines),
        ] as [(String, RequestFault?)]
    )
    func limitsCountPositions(text: String, fault: RequestFault?) {
        let limits = HeadLimits(headBytes: 256, fields: 3, targetBytes: 64)
        #expect(Reading.whole(Array(text.utf8), limits: limits).fault == fault)
        #expect(Reading.byteByByte(Array(text.utf8), limits: limits).fault == fault)
    }

    @Test func hostIsChecked() {
        let good = [
            "a", "a.b:80", "a:", "[::1]", "[::1]:65535", "1.2.3.4", "x_y", "%41", "a-b.c", "xn--bcher-kva.example",
            "[::]", "[1::]", "[1:2:3:4:5:6:7:8]", "[ABCD:ef01::]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]",
            "[1::3:4:5:6:7:8]",
            "[1:2:3:4:5:6:1.2.3.4]", "[::1.2.3.4]", "[1:2:3:4:5::255.255.255.255]", "[64:ff9b::0.0.0.0]:80", "[v1.a:b]",
            "[VF.~]",
            "[v10.a!$&'()*+,;=:-._]:1",
        ]
        let bad = [
            "", "a b", "a/b", "a:b", "a:65536", "a:1:2", "[::1", "[]", "::1", "u@h", "a?b", "a#b", "a\\b", "%4", "%zz",
            "é", "[ab..cd::ef98:0:7654:321]", "[.:.:.]", "[:]", "[:::]", "[1:]", "[:1]", "[::1:]", "[1::2::3]",
            "[1:2:3:4:5:6:7]",
            "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7:8::]", "[::1:2:3:4:5:6:7:8]", "[1:2:3:4::5:6:7:8]", "[00000::]",
            "[g::]",
            "[1:2:3:4:5:6:7:1.2.3.4]", "[1:2:3:4:5:6::1.2.3.4]", "[::1.2.3]", "[::1.2.3.4.5]", "[::01.2.3.4]",
            "[::1.2.3.256]",
            "[::1..3.4]", "[::1.2.3.4:5]", "[1.2.3.4::]", "[1.2.3.4]", "[a]", "[::1%25eth0]", "[::1]a", "[::1]]",
            "[v.a]", "[v1]", "[v1.]",
            "[vg.a]", "[v1.a b]", "[v1.%41]", "[v1.a[]", "[ ::1]",
        ]
        for host in good {
            #expect(parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").fault == nil, "\(host)")
        }
        for host in bad {
            #expect(parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").fault == .invalidHost, "\(host)")
        }
    }

    @Test func parserIsReadyForTheNextHead() throws {
        let text = Array("GET /1 HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\nPOST /2 HTTP/1.0\r\n\r\n".utf8)
        var parser = RequestParser()
        let head = RequestHead()
        let first = text.withUnsafeBytes { parser.parse($0, into: head) }
        guard case .complete(let length, _) = first else {
            Issue.record("\(first)")
            return
        }
        #expect(head.fields.count == 2)
        let second = text[length...].withUnsafeBytes { parser.parse($0, into: head) }
        guard case .complete(let rest, let message) = second else {
            Issue.record("\(second)")
            return
        }
        #expect(rest == text.count - length)
        #expect(head.fields.isEmpty)
        #expect(head.string(head.path) == "/2")
        #expect(head.authority == nil)
        #expect(!message.keepsAlive)
    }

    @Test func everyFaultHasAnErrorStatusAndASentence() {
        let faults: [RequestFault] = [
            .bareCarriageReturn, .nul, .tlsOnPlainPort, .targetTooLong(limit: 8192), .headTooLarge(limit: 1),
            .codingNotSupported, .versionNotSupported, .expectationNotSupported, .bodyTooLarge(limit: 1), .bodyTooSlow,
        ]
        for fault in faults {
            #expect((400...599).contains(fault.status.code))
            #expect(fault.description.hasSuffix("."))
        }
        #expect(RequestFault.targetTooLong(limit: 8192).description.contains("8192 bytes"))
        #expect(RequestFault.tlsOnPlainPort.description.contains("https"))
    }

    /// Bytes at random, and valid requests with a few bytes changed: whatever comes of them, it is the same in pieces, and
    /// nothing traps.
    @Test func mutationsAreReadAlikeHoweverTheyAreCut() {
        var random = SplitMix(state: 0x5EED)
        let seeds = [
            "GET /path?query HTTP/1.1\r\nHost: example.org:80\r\nAccept: */*\r\nCookie: a=b\r\n\r\n",
            "POST http://a/ HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n",
            "PUT / HTTP/1.0\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabcGET / HTTP/1.0\r\n\r\n",
        ]
        let spice: [UInt8] = [0, 9, 10, 13, 32, 35, 42, 44, 47, 48, 58, 59, 64, 91, 93, 127, 128, 255]
        for round in 0..<1500 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = spice.randomElement(using: &random) ?? 0
                case 1: bytes.insert(spice.randomElement(using: &random) ?? 0, at: place)
                default: bytes.remove(at: place)
                }
            }
            let whole = Reading.whole(bytes)
            #expect(Reading.byteByByte(bytes) == whole, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }
}

extension Result where Success == RequestHead, Failure == RequestFault {
    fileprivate var fault: RequestFault? {
        if case .failure(let fault) = self { fault } else { nil }
    }
}

/// Random numbers that are the same in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
