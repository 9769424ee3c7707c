import MartletForms
import Testing

@Suite struct NegotiationTests {
    /// RFC 9110 section 12.5.1's own example.
    @Test(arguments: [
        ("text/plain;format=flowed", 1000), ("text/plain", 700), ("text/html", 300), ("image/jpeg", 500),
        ("text/plain;format=fixed", 400), ("text/html;level=3", 700),
    ])
    func example(type: String, quality: Int) throws {
        let accepted = AcceptedTypes(
            "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5"
        )
        // The specification's table has text/html;level=3 at 0.7 only with text/html;level; here text/* names it.
        let expected = type.hasPrefix("text/html") ? 300 : quality
        #expect(accepted.quality(of: try #require(MediaType(type))) == expected)
    }

    private static let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

    @Test(arguments: [
        (nil, "a/a b/b", "a/a"), ("", "a/a b/b", "a/a"), ("b/b", "a/a b/b", "b/b"), ("c/c", "a/a b/b", "none"),
        (browser, "application/json text/html", "text/html"),
        (browser, "application/json image/png", "application/json"),
        ("*/*", "a/a b/b", "a/a"), ("*", "a/a b/b", "a/a"), ("b/*, a/a;q=0.5", "a/a b/b", "b/b"),
        ("*/*, b/b", "a/a b/b", "b/b"), ("a/a;q=0, */*;q=0.1", "a/a b/b", "b/b"), ("a/a;q=0", "a/a", "none"),
        ("a/a;q=0, a/a, b/b;q=0.1", "a/a b/b", "b/b"),
        ("A/A", "a/a", "a/a"), ("a/a;v=1", "a/a a/a;v=1", "a/a; v=1"),
        ("a/a;v=1;q=0.5, a/a;q=0.1", "a/a a/a;v=1", "a/a; v=1"),
        ("a/a;v=\"x,y;q=0\", b/b;q=0.5", "b/b a/a;v=\"x,y;q=0\"", "a/a; v=\"x,y;q=0\""),
        ("a/a;q=2, b/b;q=0.001", "a/a b/b", "b/b"), ("garbage, ;;, /, a/, /b, a/b/c, b/b", "a/a b/b", "b/b"),
        (";q=1,,\"", "a/a", "a/a"), ("*/a", "b/a a/a", "none"), ("a/a;q=0.5;ext=1, b/b;q=0.4", "b/b a/a", "a/a"),
    ])
    func types(field: String?, offers: String, expected: String) {
        let offered = Self.split(offers).compactMap { MediaType($0) }
        #expect(AcceptedTypes(field).best(of: offered)?.description ?? "none" == expected)
        let best: String? = AcceptedTypes(field).best(of: Self.split(offers))
        #expect(best.flatMap { MediaType($0)?.description } ?? "none" == expected)
    }

    @Test(arguments: [
        (nil, "en de", "en"), ("de", "en de", "de"), ("de-AT, en;q=0.5", "en de", "de"), ("en", "en-GB de", "en-GB"),
        ("EN-gb", "en-GB", "en-GB"), ("en;q=0.5, de", "en de", "de"), ("fr", "en de", "none"),
        ("fr, *;q=0.1", "en de", "en"),
        ("*, en;q=0", "en de", "de"), ("de-DE-1996-x-y", "en de", "de"), ("zh-Hant-TW", "zh zh-Hant", "zh-Hant"),
        ("eng", "en", "none"), ("en", "eng", "none"), ("de_AT, ä, , en", "de en", "en"), ("en, de", "de en", "en"),
        ("en-US, en;q=0", "en", "none"), ("en;q=0.2, en-GB;q=0.9", "en-US en-GB", "en-GB"), ("-, --", "en", "none"),
    ])
    func languages(field: String?, offers: String, expected: String) {
        #expect(AcceptedLanguages(field).best(of: Self.split(offers)) ?? "none" == expected)
    }

    @Test func words() {
        let accepted = AcceptedTokens("utf-8, iso-8859-1;q=0.5, *;q=0.1")
        #expect(accepted.quality(of: "UTF-8") == 1000)
        #expect(accepted.quality(of: "koi8-r") == 100)
        #expect(accepted.best(of: ["iso-8859-1", "utf-8"]) == "utf-8")
        #expect(AcceptedTokens("*;q=0").best(of: ["utf-8"]) == nil)
        #expect(AcceptedTokens(nil).best(of: ["utf-8"]) == "utf-8")
    }

    @Test func anyFieldIsRead() {
        var random = Random(seed: 7)
        let letters = Array("ab/*;q=0.15,\"\\ -ä\t".utf8)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 0
            }
            let field = String(decoding: bytes, as: UTF8.self)
            _ = AcceptedTypes(field).best(of: ["a/b", "b/a;q=1"] as [String])
            _ = AcceptedLanguages(field).best(of: ["a", "b-a"])
            _ = AcceptedTokens(field).best(of: ["a", "b"])
        }
        let long = String(repeating: "a/b;q=0.5,", count: 100_000)
        #expect(AcceptedTypes(long).best(of: ["a/b"] as [String]) == "a/b")
    }

    @Test func mediaTypes() throws {
        let type = try #require(MediaType(" Text/HTML ; Charset=\"utf-8\"; x=\"a\\\"b\""))
        #expect(type.essence == "text/html")
        #expect(type["charset"] == "utf-8")
        #expect(type.description == "text/html; charset=utf-8; x=\"a\\\"b\"")
        for text in ["", "text", "text/", "/html", "a/b/c", "te xt/html", "text/html\u{0}"] {
            #expect(MediaType(text) == nil)
        }
    }

    /// At spaces outside of quotes.
    private static func split(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
