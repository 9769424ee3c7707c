import MartletBytes
import Testing

@Suite struct NearMatchTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("abc", "abc", 0),
        ("kitten", "sitting", 3), ("debgu", "debug", 1), ("eror", "error", 1), ("größe", "grösse", 2),
    ])
    func countsEdits(first: String, second: String, distance: Int) {
        #expect(NearMatch.distance(first, second) == distance)
        #expect(NearMatch.distance(second, first) == distance)
    }

    @Test(
        arguments: [
            ("helo", "hello"), ("hlelo", "hello"), ("hell", "hello"), ("HELLO", nil), ("world", nil), ("xyz", nil),
            ("", nil),
            ("conf", "configuration"), ("co", nil), ("shpo", "shop"),
        ] as [(String, String?)]
    )
    func suggestsOnlyWhatIsNear(word: String, expected: String?) {
        #expect(NearMatch.closest(to: word, among: ["hello", "shop", "configuration"]) == expected)
    }

    @Test func theNearestComesFirstAndThenTheAlphabet() {
        #expect(NearMatch.closest(to: "bind", among: ["wind", "find", "binds", "mind"]) == "binds")
        #expect(NearMatch.closest(to: "workers", among: ["workers-max", "worker"]) == "worker")
    }

    @Test func longTextsAreNotCompared() {
        let long = String(repeating: "a", count: 201)
        #expect(NearMatch.closest(to: long, among: [long]) == nil)
        #expect(NearMatch.closest(to: "aaa", among: [long, "aab"]) == "aab")
    }
}

@Suite struct HTMLTextTests {
    @Test(arguments: [
        ("", ""), ("plain é", "plain é"), ("<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"),
        ("&amp;", "&amp;amp;"), ("<\u{301}", "&lt;\u{301}"),
    ])
    func escaping(text: String, expected: String) {
        #expect(HTMLText.escape(text) == expected)
    }
}
