import MartletBytes
import Testing

@testable import MartletPolicies

@Suite struct AcceptEncodingTests {
    struct Row: Sendable {
        let field: String?
        let choice: ContentCoding?
        var refusesIdentity = false
    }

    @Test(arguments: [
        Row(field: nil, choice: nil),
        Row(field: "", choice: nil),
        Row(field: "gzip", choice: .gzip),
        Row(field: "x-gzip", choice: .gzip),
        Row(field: "GZIP", choice: .gzip),
        Row(field: "gzip, deflate, br", choice: .brotli),
        Row(field: "gzip, deflate, br, zstd", choice: .zstd),
        Row(field: "zstd;q=0.5, br;q=0.9, gzip", choice: .gzip),
        Row(field: "zstd;q=0.5 , br;q=0.9 , gzip;q=0.8", choice: .brotli),
        Row(field: "*", choice: .zstd),
        Row(field: "*;q=0.5, zstd;q=0", choice: .brotli),
        Row(field: "gzip;q=0", choice: nil),
        Row(field: "gzip;q=0.000", choice: nil),
        Row(field: "gzip;q=0.001", choice: .gzip),
        Row(field: "identity, gzip;q=0.5", choice: nil),
        Row(field: "identity;q=0.5, gzip;q=0.5", choice: .gzip),
        Row(field: "identity;q=0", choice: nil, refusesIdentity: true),
        Row(field: "gzip, identity;q=0", choice: .gzip, refusesIdentity: true),
        Row(field: "*;q=0", choice: nil, refusesIdentity: true),
        Row(field: "gzip, *;q=0", choice: .gzip, refusesIdentity: true),
        Row(field: "*;q=0, identity;q=1", choice: nil),
        // What is malformed is not acceptable.
        Row(field: "gzip;q=1.5", choice: nil),
        Row(field: "gzip;q=", choice: nil),
        Row(field: "gzip;q=0.5555", choice: nil),
        Row(field: "gzip;level=9", choice: nil),
        Row(field: "gzip;q=-1", choice: nil),
        Row(field: ";;;,,,gzip", choice: .gzip),
        Row(field: "deflate, compress", choice: nil),
    ])
    func theBestIsChosen(row: Row) {
        let accepted = AcceptEncoding(row.field)
        #expect(accepted.choice(of: ContentCoding.allCases) == row.choice, "\(row.field ?? "none")")
        #expect(accepted.refusesIdentity == row.refusesIdentity, "\(row.field ?? "none")")
    }

    @Test func onlyWhatIsOfferedIsChosen() {
        #expect(AcceptEncoding("zstd, br, gzip;q=0.1").choice(of: [.gzip]) == .gzip)
        #expect(AcceptEncoding("zstd").choice(of: [.gzip]) == nil)
    }

    @Test(arguments: [
        ("text/*", "text/html", true), ("text/*", "TEXT/css", true), ("text/*", "texts/x", false),
        ("*+json", "application/problem+json", true), ("*+json", "application/json", false),
        ("application/json", "application/JSON", true), ("application/json", "application/json5", false),
    ])
    func patternsOfTypes(pattern: String, type: String, matches: Bool) throws {
        #expect(try MediaTypePattern(parsing: pattern).matches(Array(type.utf8)[...]) == matches)
    }

    @Test(arguments: ["", "json", "*/*", "text/", "/html", "a/b/c", "text/ht ml", "*+"])
    func whatIsNoPattern(text: String) {
        #expect(throws: PolicyError("\"\(text)\" is no media type; write one like application/json, text/* or *+json"))
        {
            try MediaTypePattern(parsing: text)
        }
    }

    @Test func theDefaultsAreAllRead() { #expect(MediaTypePattern.defaults.count == 21) }
}
