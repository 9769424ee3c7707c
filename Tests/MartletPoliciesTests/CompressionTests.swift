import Glibc
import HTTPTypes
import MartletBytes
import MartletTesting
import NIOCore
import Testing

@testable import MartletGateway
@testable import MartletPolicies

@Suite struct CompressionTests {
    private static let text = String(repeating: "the same words again and again ", count: 100)

    private static func answer(
        _ status: HTTPResponse.Status = .ok,
        _ fields: [(HTTPField.Name, String)] = [(.contentType, "text/html; charset=utf-8")],
        _ body: Response.Body = .bytes(ByteBuffer(string: text))
    ) -> Response {
        Response(status: status, headers: Headers(fields), body: body)
    }

    private func client(
        _ answer: Response,
        scheme: String = "http",
        _ configuration: CompressionConfiguration = CompressionConfiguration()
    ) -> TestClient {
        let application = ApplicationClosure { _ in answer }
        return TestClient(PolicyChain([Compression(configuration)], around: application), scheme: scheme)
    }

    private static let gzip = [(HTTPField.Name.acceptEncoding, "gzip")]

    @Test func bytesAreCompressed() async throws {
        let response = try await client(Self.answer()).get("/", headers: Self.gzip)
        try response.expect(
            .ok,
            headers: [
                (.contentEncoding, "gzip"), (.vary, "Accept-Encoding"),
                (.contentLength, String(response.body.readableBytes)),
            ]
        )
        #expect(response.body.readableBytes < 200)
        #expect(inflated(response.body) == Self.text)
    }

    struct Row: Sendable {
        let name: String
        let answer: Response
        var varies = false
        var accepts = "gzip"
        var isCompressed = false
    }

    @Test(arguments: [
        Row(name: "a client that says nothing", answer: answer(), varies: true, accepts: ""),
        Row(name: "small", answer: answer(.ok, [(.contentType, "text/html")], .bytes(ByteBuffer(string: "small")))),
        Row(
            name: "small, but identity is refused",
            answer: answer(.ok, [(.contentType, "image/png")], .bytes(ByteBuffer(string: "small"))),
            varies: true,
            accepts: "gzip, identity;q=0",
            isCompressed: true
        ),
        Row(name: "a picture", answer: answer(.ok, [(.contentType, "image/png")])),
        Row(name: "no type", answer: answer(.ok, [])),
        Row(
            name: "JSON of a kind",
            answer: answer(.ok, [(.contentType, "application/hal+json")]),
            varies: true,
            isCompressed: true
        ),
        Row(name: "encoded already", answer: answer(.ok, [(.contentType, "text/html"), (.contentEncoding, "br")])),
        Row(
            name: "identity, which is no coding",
            answer: answer(.ok, [(.contentType, "text/html"), (.contentEncoding, "identity")]),
            varies: true,
            isCompressed: true
        ),
        Row(
            name: "not to be transformed",
            answer: answer(.ok, [(.contentType, "text/html"), (.cacheControl, "max-age=3, no-transform")])
        ),
        Row(name: "a part", answer: answer(.partialContent), varies: true),
        Row(
            name: "several parts",
            answer: answer(.partialContent, [(.contentType, "multipart/byteranges; boundary=x")]),
            varies: true
        ),
        Row(name: "a part of a picture", answer: answer(.partialContent, [(.contentType, "image/png")])),
        Row(
            name: "a part of old",
            answer: answer(.ok, [(.contentType, "text/html"), (.contentRange, "bytes 0-99/200")])
        ),
        Row(name: "nothing", answer: answer(.noContent)),
        Row(name: "empty", answer: answer(.ok, [(.contentType, "text/html")], .empty)),
        Row(name: "an error", answer: answer(.internalServerError), varies: true, isCompressed: true),
    ])
    func whatIsCompressed(row: Row) async throws {
        let response = try await client(row.answer).get("/", headers: [(.acceptEncoding, row.accepts)])
        #expect(response.headers[.vary] == (row.varies ? "Accept-Encoding" : nil), "\(row.name)")
        #expect((response.headers[.contentEncoding] == "gzip") == row.isCompressed, "\(row.name)")
    }

    @Test(arguments: [
        ("Cookie", ["Cookie", "Accept-Encoding"]), ("Accept-Encoding", ["Accept-Encoding"]),
        ("Cookie, accept-encoding", ["Cookie, accept-encoding"]), ("*", ["*"]),
    ])
    func varyIsAddedOnce(value: String, values: [String]) async throws {
        let answer = Self.answer(.ok, [(.contentType, "text/html"), (.vary, value)])
        let response = try await client(answer).get("/", headers: Self.gzip)
        #expect(response.headers.values(for: .vary) == values)
    }

    @Test(arguments: ["Content-Digest", "Repr-Digest", "Digest", "Content-MD5", "Accept-Ranges"])
    func whatIsTrueOfTheUncompressedBodyOnlyIsLeftOut(name: String) async throws {
        let field = try #require(HTTPField.Name(name))
        let answer = Self.answer(.ok, [(.contentType, "text/html"), (field, "sha-256=:YQ==:")])
        #expect(try await client(answer).get("/", headers: Self.gzip).headers[field] == nil)
        #expect(try await client(answer).get("/").headers[field] == "sha-256=:YQ==:")
    }

    @Test(arguments: [("\"abc\"", "W/\"abc\""), ("W/\"abc\"", "W/\"abc\"")])
    func tagsBecomeWeak(tag: String, expected: String) async throws {
        let answer = Self.answer(.ok, [(.contentType, "text/html"), (.eTag, tag)])
        #expect(try await client(answer).get("/", headers: Self.gzip).headers[.eTag] == expected)
        #expect(try await client(answer).get("/").headers[.eTag] == tag)
    }

    @Test(arguments: [("W/\"abc\"", "W/\"abc\""), ("\"abc\"", "\"abc\""), ("\"x\", W/\"abc\"", "W/\"abc\"")])
    func aConfirmedTagIsTheClients(known: String, expected: String) async throws {
        let answer = Self.answer(.notModified, [(.eTag, "\"abc\"")], .empty)
        let response = try await client(answer).get("/", headers: Self.gzip + [(.ifNoneMatch, known)])
        #expect(response.headers[.eTag] == expected)
        #expect(response.headers[.vary] == "Accept-Encoding")
    }

    @Test func headHasTheFieldsOfGet() async throws {
        let whole = Self.answer(.ok, [(.contentType, "text/html"), (.eTag, "\"a\"")])
        let announced = Self.answer(
            .ok,
            [(.contentType, "text/html"), (.eTag, "\"a\""), (.contentLength, "3100")],
            .empty
        )
        for answer in [whole, announced] {
            let response = try await client(answer).head("/", headers: Self.gzip)
            #expect(response.headers[.contentEncoding] == "gzip")
            #expect(response.headers[.vary] == "Accept-Encoding")
            #expect(response.headers[.eTag] == "W/\"a\"")
            #expect(response.headers[.contentLength] == nil)
        }
    }

    @Test func largeBytesAreSentInPieces() async throws {
        let large = (0..<60_000).map { "\($0)," }.joined()
        let answer = Self.answer(.ok, [(.contentType, "application/json")], .bytes(ByteBuffer(string: large)))
        let response = try await client(answer).get("/", headers: Self.gzip)
        #expect(response.headers[.contentLength] == nil)
        #expect(inflated(response.body) == large)
    }

    @Test func aFileIsCompressed() async throws {
        let path = "/tmp/martlet-compression-\(getpid())"
        let whole = String(repeating: "0123456789", count: 20_000)
        let descriptor = open(path, O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        #expect(write(descriptor, whole, whole.utf8.count) == whole.utf8.count)
        let range = FileRange(.path(path), offset: 5, length: whole.utf8.count - 5)
        let response = try await client(Self.answer(.ok, [(.contentType, "text/plain")], .file(range)))
            .get("/", headers: Self.gzip)
        #expect(inflated(response.body) == String(whole.dropFirst(5)))
        unlink(path)
        let gone = try await client(
            Self.answer(
                .ok,
                [(.contentType, "text/plain")],
                .file(
                    FileRange(
                        .descriptor(OwnedDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC))),
                        offset: 0,
                        length: 5000
                    )
                )
            )
        )
        .get("/", headers: Self.gzip)
        #expect(!gone.isComplete)
    }

    @Test func eachBlockOfAStreamCanBeDecoded() async throws {
        for coding in ContentCoding.available {
            let answer = Self.answer(
                .ok,
                [(.contentType, "text/event-stream")],
                .stream(length: nil) { writer in
                    try await writer.write("data: 1\n\n")
                    try await writer.write("data: 2\n\n")
                }
            )
            let response = try await client(answer).get("/", headers: [(.acceptEncoding, coding.rawValue)])
            #expect(response.headers[.contentEncoding] == coding.rawValue)
            #expect(response.pieces.count == 3)
            if coding == .gzip {
                #expect(inflated(response.pieces[0]) == "data: 1\n\n")
                #expect(inflated(response.body) == "data: 1\n\ndata: 2\n\n")
            }
        }
    }

    @Test(arguments: [3099, 3101])
    func aStreamOfTheWrongLengthIsCut(announced: Int) async throws {
        let answer = Self.answer(
            .ok,
            [(.contentType, "text/html")],
            .stream(length: announced) { try await $0.write(Self.text) }
        )
        #expect(try await !client(answer).get("/", headers: Self.gzip).isComplete)
        let right = Self.answer(
            .ok,
            [(.contentType, "text/html")],
            .stream(length: 3100) { try await $0.write(Self.text) }
        )
        #expect(try await inflated(client(right).get("/", headers: Self.gzip).body) == Self.text)
    }

    @Test func aBrokenStreamIsCut() async throws {
        struct Oops: Error {}
        let answer = Self.answer(
            .ok,
            [(.contentType, "text/html")],
            .stream(length: nil) { _ in throw Oops() }
        )
        #expect(try await !client(answer).get("/", headers: Self.gzip).isComplete)
    }

    struct Guarded: Sendable {
        let fields: [(HTTPField.Name, String)]
        let isCompressed: Bool
        var scheme = "https"
        var cacheControl: String?
        var mode = BreachGuard.crossSite
    }

    private static let site = HTTPField.Name("Sec-Fetch-Site") ?? .accept
    private static let referrer = HTTPField.Name("Referer") ?? .accept

    @Test(arguments: [
        Guarded(fields: [], isCompressed: true),
        Guarded(fields: [(.cookie, "a=b")], isCompressed: false),
        Guarded(fields: [(.cookie, "a=b")], isCompressed: true, scheme: "http"),
        Guarded(fields: [(.cookie, "a=b"), (site, "cross-site")], isCompressed: false),
        Guarded(fields: [(.cookie, "a=b"), (site, "same-site")], isCompressed: false),
        Guarded(fields: [(.cookie, "a=b"), (site, "same-origin")], isCompressed: true),
        Guarded(fields: [(.cookie, "a=b"), (site, "none")], isCompressed: true),
        Guarded(fields: [(site, "cross-site")], isCompressed: true),
        Guarded(fields: [(.cookie, "a=b"), (referrer, "https://localhost/page")], isCompressed: true),
        Guarded(fields: [(.cookie, "a=b"), (referrer, "https://localhost.evil/page")], isCompressed: false),
        Guarded(fields: [(.cookie, "a=b"), (referrer, "https://localhost@evil/page")], isCompressed: false),
        Guarded(fields: [(.cookie, "a=b"), (site, "cross-site")], isCompressed: true, cacheControl: "public"),
        Guarded(fields: [(.authorization, "Basic YTpi")], isCompressed: false),
        Guarded(fields: [(.authorization, "Bearer abc")], isCompressed: true),
        Guarded(fields: [(.cookie, "a=b"), (site, "cross-site")], isCompressed: true, mode: .off),
        Guarded(fields: [(.cookie, "a=b"), (site, "same-origin")], isCompressed: false, mode: .credentials),
        Guarded(fields: [(.authorization, "Bearer abc")], isCompressed: false, mode: .credentials),
        Guarded(fields: [], isCompressed: false, cacheControl: "private", mode: .credentials),
        Guarded(fields: [], isCompressed: true, mode: .credentials),
    ])
    func secretsAreNotCompressed(row: Guarded) async throws {
        var configuration = CompressionConfiguration()
        configuration.breach = row.mode
        var fields: [(HTTPField.Name, String)] = [(.contentType, "text/html")]
        if let value = row.cacheControl { fields.append((.cacheControl, value)) }
        let client = client(Self.answer(.ok, fields), scheme: row.scheme, configuration)
        let response = try await client.get("/", headers: Self.gzip + row.fields)
        #expect((response.headers[.contentEncoding] != nil) == row.isCompressed, "\(row)")
        #expect(response.headers[.vary] == "Accept-Encoding")
    }

    @Test func encodersAreBounded() async throws {
        let pool = EncoderPool(CompressionConfiguration(), budget: EncoderBudget(3))
        var lent: [LentEncoder] = []
        while let encoder = pool.take(.gzip), lent.count <= 3 { lent.append(encoder) }
        #expect(lent.count == 3)
        lent.removeAll()
        #expect(pool.take(.gzip) != nil)
    }
}
