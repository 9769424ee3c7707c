import MartletForms
import Testing

@Suite struct SafeFileNameTests {
    @Test(arguments: [
        ("plan.pdf", "plan.pdf"), ("My cool movie.mov", "My_cool_movie.mov"), ("../../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\..\\Plan (1).pdf", "Plan_(1).pdf"),
        ("i contain cool \u{FC}ml\u{E4}uts.txt", "i_contain_cool_ümläuts.txt"),
        ("日本語.png", "日本語.png"), ("..", nil), ("", nil), ("/", nil), ("...", nil), ("a/", nil),
        (".htaccess", "htaccess"),
        ("-rf", "rf"), ("a\u{0}b.txt", "ab.txt"), ("a\r\nb.txt", "ab.txt"), ("gpj.\u{202E}exe", "gpj.exe"),
        ("con", "_con"),
        ("COM1.txt", "_COM1.txt"), ("common.txt", "common.txt"), ("a?b*c<d>e|f\"g:h", "a_b_c_d_e_f_g_h"),
        ("a.txt. . ", "a.txt"),
        ("a   b", "a_b"), ("%2e%2e%2fx", "2e_2e_2fx"), ("\u{200B}", nil), ("$(rm).sh", "(rm).sh"),
    ])
    func names(client: String, expected: String?) {
        #expect(SafeFileName.make(from: client) == expected)
    }

    @Test func longNamesKeepTheirEnding() throws {
        let name = try #require(SafeFileName.make(from: String(repeating: "ä", count: 400) + ".jpeg"))
        #expect(name.utf8.count <= 255)
        #expect(name.hasSuffix("ä.jpeg"))
        #expect(try #require(SafeFileName.make(from: String(repeating: "x", count: 400))).utf8.count <= 255)
        // Nothing is left at the end that would go when the name is made safe again.
        let cut = try #require(SafeFileName.make(from: String(repeating: "x", count: 253) + " " + "yyy"))
        #expect(cut == String(repeating: "x", count: 253))
    }

    @Test func anyNameIsSafe() {
        var random = Random(seed: 8)
        let letters = Array("./\\a:\0 ~-_\u{E9}\u{202E}".unicodeScalars)
        for _ in 0..<5000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                text.unicodeScalars.append(letters.randomElement(using: &random) ?? "a")
            }
            guard let name = SafeFileName.make(from: text) else { continue }
            #expect(!name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && !name.contains("\\"))
            #expect(name != ".." && SafeFileName.make(from: name) == name)
        }
    }
}
