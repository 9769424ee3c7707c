import MartletBytes
import Testing

@Suite struct JSONTextTests {
    static let texts: [(bytes: [UInt8], expected: String)] = [
        (Array("plain".utf8), "plain"),
        (Array(#"a "b" \c/"#.utf8), #"a \"b\" \\c/"#),
        (Array("tab\tline\r\n".utf8), #"tab\tline\r\n"#),
        ([0x00, 0x1F, 0x1B, 0x7F], #"\u0000\u001f\u001b\u007f"#),
        (Array("ü € 😀".utf8), "ü € 😀"),
        // C1 controls, as code points and as bytes.
        (Array("\u{9B}31m".utf8), #"\u009b31m"#),
        ([0x9B, 0x33], "\u{FFFD}3"),
        // Latin-1, cut short, overlong, surrogate, beyond Unicode.
        ([0xFC, 0x41], "\u{FFFD}A"),
        ([0x41, 0xE2, 0x82], "A\u{FFFD}"),
        ([0xE2, 0x82, 0x41], "\u{FFFD}A"),
        ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"),
        ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ([], ""),
    ]

    @Test("Text within quotes", arguments: texts)
    func text(_ row: (bytes: [UInt8], expected: String)) {
        #expect(Self.escaped(row.bytes, upTo: 100) == row.expected)
    }

    @Test(
        "A long text is cut between characters",
        arguments: [
            (1, "a"), (2, "a"), (3, "a"), (4, "a€"), (5, "a€b"), (6, "a€b"),
        ]
    )
    func cut(_ limit: Int, _ expected: String) {
        #expect(Self.escaped(Array("a€b".utf8), upTo: limit) == expected)
    }

    @Test("What was wrong before the cut stays visible")
    func wrongBeforeTheCut() {
        #expect(Self.escaped([0x41, 0xFF, 0x42, 0xE2, 0x82, 0xAC], upTo: 5) == "A\u{FFFD}B")
    }

    private static func escaped(_ bytes: [UInt8], upTo limit: Int) -> String {
        var output: [UInt8] = []
        bytes.withUnsafeBytes { JSONText.append($0, upTo: limit, to: &output) }
        return String(decoding: output, as: UTF8.self)
    }
}
