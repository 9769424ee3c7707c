import MartletGateway
import MartletHTTP1
import NIOCore
import Testing

@Suite struct BodyDecoderTests {
    /// Decodes text in pieces of `size` bytes.
    private func decode(
        _ text: String,
        framing: MessageFraming = .chunked,
        limit: Int = 1000,
        limits: HeadLimits = HeadLimits(),
        size: Int
    ) -> (body: String, last: BodyDecoder.Event) {
        var decoder = BodyDecoder(framing: framing, limit: limit, limits: limits)
        var body = ""
        var rest = Array(text.utf8)[...]
        var input = ByteBuffer()
        while true {
            switch decoder.next(&input) {
            case .data(let chunk): body += String(buffer: chunk)
            case .needsMore where !rest.isEmpty:
                input.writeBytes(rest.prefix(size))
                rest = rest.dropFirst(size)
            case let event: return (body, event)
            }
        }
    }

    @Test(arguments: [1, 2, 3, 1000])
    func lengthEndsTheBody(size: Int) {
        #expect(decode("hello", framing: .length(5), size: size) == ("hello", .end))
        #expect(decode("hell", framing: .length(5), size: size) == ("hell", .needsMore))
        #expect(decode("", framing: .length(0), size: size) == ("", .end))
        #expect(decode("", framing: .none, size: size) == ("", .end))
    }

    @Test func whatFollowsTheBodyIsLeft() {
        var input = ByteBuffer(string: "2\r\nhi\r\n0\r\n\r\nGET")
        var decoder = BodyDecoder(framing: .chunked, limit: 10)
        #expect(decoder.next(&input) == .data(ByteBuffer(string: "hi")))
        #expect(decoder.next(&input) == .end)
        #expect(String(buffer: input) == "GET")
        #expect(decoder.isFinished)
    }

    @Test(
        arguments: [
            ("5\r\nhello\r\n0\r\n\r\n", "hello", .end),
            ("5\r\nhello\r\n00000\r\n\r\n", "hello", .end),
            ("5;a=b\r\nhello\r\nA;c\r\n0123456789\r\n0;x\r\nT: v\r\n\r\n", "hello0123456789", .end),
            ("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello", .end),
            ("00000000000000005\r\nhello\r\n0\r\n\r\n", "", .fault(.invalidChunkSize)),
            ("7fffffffffffffff\r\n", "", .fault(.bodyTooLarge(limit: 1000))),
            ("8000000000000000\r\n", "", .fault(.invalidChunkSize)),
            ("3e9\r\n", "", .fault(.bodyTooLarge(limit: 1000))),
            ("1\r\na\r\n3e8\r\n", "a", .fault(.bodyTooLarge(limit: 1000))),
            ("1\r\na0\r\n", "a", .fault(.missingChunkEnd)),
            ("1\r\na\n0\r\n", "a", .fault(.missingChunkEnd)),
            ("1\r\na\r0\r\n", "a", .fault(.missingChunkEnd)),
            ("1\na", "", .fault(.invalidChunkSize)),
            ("\r\n", "", .fault(.invalidChunkSize)),
            ("g\r\n", "", .fault(.invalidChunkSize)),
            ("1;a\nb\r\n", "", .fault(.invalidChunkExtension)),
            ("0\r\nA b: c\r\n\r\n", "", .fault(.spaceBeforeColon)),
            ("0\r\n b: c\r\n\r\n", "", .fault(.foldedLine)),
            ("0\r\nb\r\n\r\n", "", .fault(.missingColon)),
            ("0\r\nb: \0\r\n\r\n", "", .fault(.nul)),
            ("0\r\n\n", "", .fault(.bareLineFeed)),
            ("0\r\n\rX", "", .fault(.bareCarriageReturn)),
        ] as [(String, String, BodyDecoder.Event)]
    )
    func chunks(text: String, body: String, last: BodyDecoder.Event) {
        for size in [1, 2, 5, 1000] {
            #expect(decode(text, size: size) == (body, last), "in pieces of \(size)")
        }
    }

    @Test(arguments: [
        ";a", ";a=b", ";a=\"b\"", ";a=\"\"", ";a=\"\\\"\\\\;,\t[\"", ";a;b=c;d", " ;a", "\t ; \t a \t = \t b",
        " ; a = \"b\" ; c", ";a ;b",
        ";a=\"é\"", ";!#$%&'*+-.^_`|~=x",
    ])
    func chunkExtensionIsRead(text: String) {
        for size in [1, 2, 1000] {
            #expect(decode("5\(text)\r\nhello\r\n0\(text)\r\n\r\n", size: size) == ("hello", .end))
        }
    }

    @Test(arguments: [
        ";", " ;", ";;a", ";a;", ";a ", ";a=", ";a= ", ";a=b ", ";a=\"b\" ", ";bad[=x", ";a=b[", ";a b", ";a=b c",
        ";a==b", ";=b",
        ";a=\"b", ";a=\"b\\", ";a=\"b\"c", ";a=\"b\u{1}\"", ";a=\"b\\\u{7F}\"", " ", "\t", " a", " a=b", ";é", ";a=é",
        ";a=\"b\rc\"",
    ])
    func chunkExtensionThatIsNoneIsRefused(text: String) {
        for size in [1, 2, 1000] {
            let first = decode("5\(text)\r\nhello\r\n0\r\n\r\n", size: size)
            #expect(first == ("", .fault(.invalidChunkExtension)), "in pieces of \(size)")
            let last = decode("5\r\nhello\r\n0\(text)\r\n\r\n", size: size)
            #expect(last == ("hello", .fault(.invalidChunkExtension)), "in pieces of \(size)")
        }
    }

    @Test func trailersAreBounded() {
        let limits = HeadLimits(headBytes: 64, fields: 2)
        #expect(decode("0\r\nA: 1\r\nB: 2\r\n\r\n", limits: limits, size: 9).last == .end)
        #expect(
            decode("0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits: limits, size: 9).last
                == .fault(.tooManyFields(limit: 2))
        )
        let long = String(repeating: "x", count: 100)
        #expect(decode("0\r\nA: \(long)\r\n\r\n", limits: limits, size: 9).last == .fault(.trailerTooLarge))
    }

    @Test func extensionsAreBoundedForTheWholeBody() {
        let chunk = "1;\(String(repeating: "x", count: 1000))\r\na\r\n"
        #expect(decode(String(repeating: chunk, count: 4), size: 100).body == "aaaa")
        #expect(decode(String(repeating: chunk, count: 5), size: 100).last == .fault(.invalidChunkExtension))
    }

    @Test func announcedLengthAboveTheLimitIsRefusedAtOnce() {
        #expect(decode("", framing: .length(1001), size: 1).last == .fault(.bodyTooLarge(limit: 1000)))
    }
}
