import Testing

@testable import MartletCommand

@Suite struct KeyPlacesTests {
    @Test func findsKeysAndValues() {
        let places = KeyPlaces(
            of: """
                a = 1
                  "b.c".d = "x"   # e = 2
                [t."/x"] # comment
                list = [1, "two",
                  [3], { k = 'v' }]
                text = \"\"\"
                no = 1
                \"\"\"
                last = true
                """
        )
        #expect(places.key(["a"]) == TextPlace(line: 1, column: 1, width: 1))
        #expect(places.place(of: ["a"]) == TextPlace(line: 1, column: 5, width: 1))
        #expect(places.key(["b.c", "d"]) == TextPlace(line: 2, column: 3, width: 7))
        #expect(places.key(["t", "/x"]) == TextPlace(line: 3, column: 1, width: 8))
        #expect(places.place(of: ["t", "/x", "list", "1"]) == TextPlace(line: 4, column: 12, width: 5))
        #expect(places.place(of: ["t", "/x", "list", "2", "0"]) == TextPlace(line: 5, column: 4, width: 1))
        #expect(places.place(of: ["t", "/x", "list", "3", "k"]) == TextPlace(line: 5, column: 14, width: 3))
        #expect(places.keys[["t", "/x", "no"]] == nil)
        #expect(places.key(["t", "/x", "last"]) == TextPlace(line: 9, column: 1, width: 4))
        #expect(places.key(["t", "/x", "absent"]) == TextPlace(line: 3, column: 1, width: 8))
        #expect(places.key(["absent"]) == .start)
    }

    @Test func seesWhatIsThereTwice() throws {
        let places = KeyPlaces(of: "[a]\nx = 1\nx = 2\n[b]\n[a]\n")
        #expect(places.repetitions.map(\.path) == [["a", "x"], ["a"]])
        #expect(places.repetitions.map(\.second.line) == [3, 5])
    }

    @Test(
        "Nothing in a text can make it trap",
        arguments: [
            "", "[", "[[", "]", "=", "a", "a=", "a=[", "a={", "a={b", "a={b=", "a=\"", "a=\"\\", "a=\"\\u", "a='",
            "a=\"\"\"", "a=\"\"\"\\",
            "\"\\U0000", "\"\\uD800\" = 1", "a=[1,,{]}\n", "..=..", "\0", "a.b.", "[a.", "#", "\u{FEFF}a=1", "a=]\n",
            "a=}\n", "=\n=\n",
            String(repeating: "[", count: 600), "a=" + String(repeating: "[", count: 600),
            "a=" + String(repeating: "{a=", count: 600), String(repeating: "a.", count: 600),
        ]
    )
    func survives(text: String) {
        _ = KeyPlaces(of: text)
        // Every cut of it as well.
        for end in 0..<min(text.utf8.count, 64) {
            _ = KeyPlaces(of: String(decoding: text.utf8.prefix(end), as: UTF8.self))
        }
    }
}
