import HTTPTypes
import MartletGateway
import NIOCore
import Testing

/// The order of RFC 9110 section 13.2.2, with a file that has the tag "a" and was modified at a second.
@Suite struct PreconditionsTests {
    static let modified = 784_111_777
    static let before = "Sun, 06 Nov 1994 08:49:36 GMT"
    static let same = "Sun, 06 Nov 1994 08:49:37 GMT"
    static let after = "Sun, 06 Nov 1994 08:49:38 GMT"

    struct Row: Sendable, CustomTestStringConvertible {
        let fields: [(String, String)]
        let expected: ConditionalOutcome
        var tag = "\"a\""
        var method = "GET"

        var testDescription: String { "\(method) \(tag) " + fields.map { "\($0.0): \($0.1)" }.joined(separator: "; ") }
    }

    static let rows: [Row] = [
        Row(fields: [("If-Match", "\"a\"")], expected: .whole),
        Row(fields: [("If-Match", "\"b\", \"a\"")], expected: .whole),
        Row(fields: [("If-Match", "*")], expected: .whole),
        Row(fields: [("If-Match", "\"b\"")], expected: .preconditionFailed),
        Row(fields: [("If-Match", "W/\"a\"")], expected: .preconditionFailed),
        Row(fields: [("If-Match", "\"a\"")], expected: .preconditionFailed, tag: "W/\"a\""),
        Row(fields: [("If-Match", "nonsense")], expected: .preconditionFailed),
        Row(fields: [("If-Match", "\"b\""), ("If-Match", "\"a\"")], expected: .whole),
        Row(fields: [("If-Unmodified-Since", before)], expected: .preconditionFailed),
        Row(fields: [("If-Unmodified-Since", same)], expected: .whole),
        Row(fields: [("If-Unmodified-Since", "nonsense")], expected: .whole),
        // If-Unmodified-Since does not count beside If-Match.
        Row(fields: [("If-Unmodified-Since", before), ("If-Match", "\"a\"")], expected: .whole),
        Row(fields: [("If-None-Match", "\"a\"")], expected: .notModified),
        Row(fields: [("if-none-match", "W/\"a\"")], expected: .notModified),
        Row(fields: [("If-None-Match", "\"b\",\"a\"")], expected: .notModified),
        Row(fields: [("If-None-Match", "\"b,\", \"a\"")], expected: .notModified),
        Row(fields: [("If-None-Match", "*")], expected: .notModified),
        Row(fields: [("If-None-Match", "\"a\"")], expected: .notModified, tag: "W/\"a\""),
        Row(fields: [("If-None-Match", "\"A\"")], expected: .whole),
        Row(fields: [("If-None-Match", "a")], expected: .whole),
        Row(fields: [("If-None-Match", "\"b\" \"a\"")], expected: .whole),
        Row(fields: [("If-None-Match", "\"a\"")], expected: .notModified, method: "HEAD"),
        Row(fields: [("If-None-Match", "\"a\"")], expected: .whole, method: "POST"),
        Row(fields: [("If-Modified-Since", same)], expected: .notModified),
        Row(fields: [("If-Modified-Since", after)], expected: .notModified),
        Row(fields: [("If-Modified-Since", before)], expected: .whole),
        Row(fields: [("If-Modified-Since", "nonsense")], expected: .whole),
        Row(fields: [("If-Modified-Since", same), ("If-Modified-Since", same)], expected: .whole),
        // If-Modified-Since does not count beside If-None-Match.
        Row(fields: [("If-Modified-Since", same), ("If-None-Match", "\"b\"")], expected: .whole),
        Row(fields: [("If-Modified-Since", before), ("If-None-Match", "\"a\"")], expected: .notModified),
        Row(fields: [("If-Match", "\"b\""), ("If-None-Match", "\"a\"")], expected: .preconditionFailed),
        Row(fields: [("If-Match", "\"a\""), ("If-None-Match", "\"a\"")], expected: .notModified),
        Row(fields: [("If-Unmodified-Since", before), ("If-Modified-Since", after)], expected: .preconditionFailed),
        Row(fields: [("Range", "bytes=0-1")], expected: .parts([0..<2])),
        Row(fields: [("Range", "bytes=0-1")], expected: .whole, method: "HEAD"),
        Row(fields: [("Range", "bytes=0-1"), ("Range", "bytes=2-3")], expected: .whole),
        Row(fields: [("Range", "bytes=10-")], expected: .unsatisfiable),
        Row(fields: [("Range", "bytes=0-1"), ("If-None-Match", "\"a\"")], expected: .notModified),
        Row(fields: [("Range", "bytes=10-"), ("If-Match", "\"b\"")], expected: .preconditionFailed),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", "\"a\"")], expected: .parts([0..<2])),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", "\"b\"")], expected: .whole),
        Row(fields: [("Range", "bytes=10-"), ("If-Range", "\"b\"")], expected: .whole),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", "W/\"a\"")], expected: .whole),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", "W/\"a\"")], expected: .whole, tag: "W/\"a\""),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", same)], expected: .parts([0..<2])),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", after)], expected: .whole),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", before)], expected: .whole),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", same)], expected: .whole, tag: "W/\"a\""),
        Row(fields: [("Range", "bytes=0-1"), ("If-Range", "nonsense")], expected: .whole),
        Row(fields: [("If-Range", "\"a\"")], expected: .whole),
    ]

    @Test(arguments: rows) func outcome(_ row: Row) {
        let head = RequestHead(method: row.method, target: "/", fields: [("Host", "h")] + row.fields)
        let validators = Validators(tag: EntityTag(Array(row.tag.utf8)), modified: Self.modified)
        #expect((Preconditions(head)?.outcome(validators, size: 10) ?? .whole) == row.expected)
    }

    @Test func aRequestWithoutConditionsHasNone() {
        let fields = [("Host", "h"), ("Referer", "x"), ("If", "y"), ("Ranges", "bytes=0-1"), ("If-Matches", "z")]
        let conditions = Preconditions(RequestHead(method: "GET", target: "/", fields: fields))
        #expect(conditions == nil)
    }

    @Test func withoutValidatorsOnlyTheStarMatches() {
        let none = Validators(tag: nil, modified: nil)
        func outcome(_ name: String, _ value: String) -> ConditionalOutcome? {
            Preconditions(RequestHead(method: "GET", target: "/", fields: [(name, value)]))?.outcome(none, size: 10)
        }
        #expect(outcome("If-Match", "*") == .whole)
        #expect(outcome("If-Match", "\"a\"") == .preconditionFailed)
        #expect(outcome("If-None-Match", "*") == .notModified)
        #expect(outcome("If-Modified-Since", Self.after) == .whole)
        #expect(outcome("If-Unmodified-Since", Self.before) == .whole)
    }

    @Test func answersKeepWhatConcernsThem() throws {
        let headers = Headers([
            (.contentType, "text/css"), (.eTag, "\"a\""), (.cacheControl, "max-age=5"), (.vary, "Accept-Encoding"),
            (.acceptRanges, "bytes"), (.setCookie, "a=b"), (.contentEncoding, "gzip"),
        ])
        let whole = Response(headers: headers, body: .bytes(ByteBuffer(string: "0123456789")))
        let notModified = try #require(whole.answering(.notModified, size: 10))
        #expect(notModified.status == .notModified)
        #expect(notModified.headers.pairs.map(\.name) == ["ETag", "Cache-Control", "Vary", "Set-Cookie"])
        let failed = try #require(whole.answering(.preconditionFailed, size: 10))
        #expect(failed.status == .preconditionFailed)
        #expect(failed.headers.pairs.map(\.name) == ["Content-Type", "Vary", "Set-Cookie"])
        let behind = try #require(whole.answering(.unsatisfiable, size: 10))
        #expect(behind.status == .rangeNotSatisfiable)
        #expect(behind.headers[.contentRange] == "bytes */10")
        let part = try #require(whole.answering(.parts([2..<5]), size: 10))
        #expect(part.status == .partialContent)
        #expect(part.headers[.contentRange] == "bytes 2-4/10")
        #expect(part.headers[.contentType] == "text/css")
        guard case .bytes(let bytes) = part.body else { throw Missing() }
        #expect(String(buffer: bytes) == "234")
        #expect(whole.answering(.whole, size: 10) == nil)
    }

    @Test func severalPartsAreOneBodyOfTheLengthThatIsAnnounced() throws {
        let whole = Response(
            headers: Headers([(.contentType, "text/css")]),
            body: .bytes(ByteBuffer(string: "0123456789"))
        )
        let answer = try #require(whole.answering(.parts([0..<1, 8..<10]), size: 10))
        guard case .bytes(let bytes) = answer.body else { throw Missing() }
        let type = try #require(answer.headers[.contentType])
        let boundary = try #require(type.split(separator: "=").last)
        #expect(type.hasPrefix("multipart/byteranges; boundary="))
        #expect(
            String(buffer: bytes)
                == "--\(boundary)\r\nContent-Type: text/css\r\nContent-Range: bytes 0-0/10\r\n\r\n0"
                + "\r\n--\(boundary)\r\nContent-Type: text/css\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n--\(boundary)--\r\n"
        )
        #expect(MultipartRanges([0..<1, 8..<10], size: 10, type: "text/css").length == bytes.readableBytes)
    }

    @Test(arguments: ["", "a", "\"", "\"a", "a\"", "\"a\"b\"", "w/\"a\"", "W/a", "\"a b\"", "\"\u{7F}\""])
    func noTags(_ text: String) { #expect(EntityTag(Array(text.utf8)) == nil) }

    private struct Missing: Error {}
}
