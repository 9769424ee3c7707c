import MartletSettings
import Testing

@testable import MartletCommand

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("abc", "abc", 0),
        ("kitten", "sitting", 3), ("debgu", "debug", 1), ("eror", "error", 1), ("größe", "grösse", 2),
    ])
    func countsEdits(first: String, second: String, distance: Int) {
        #expect(editDistance(first, second) == distance)
        #expect(editDistance(second, first) == distance)
    }

    @Test(
        arguments: [
            ("helo", "hello"), ("hell", "hello"), ("HELLO", nil), ("world", nil), ("conf", "configuration"),
        ] as [(String, String?)]
    )
    func suggestsOnlyWhatIsNear(word: String, expected: String?) {
        #expect(Suggestion.nearest(to: word, in: ["hello", "shop", "configuration"]) == expected)
    }
}
