import Testing

@testable import MartletImport

@Suite struct PythonLiteralTests {
    @Test(arguments: [
        ("None", PythonValue.none), ("True", .truth(true)), ("0", .int(0)), ("000", .int(0)), ("-5", .int(-5)),
        ("1_000", .int(1000)), ("0x1F", .int(31)), ("0o17", .int(15)), ("0b101", .int(5)), ("1.5", .float(1.5)),
        ("-1e3", .float(-1000)), (".5", .float(0.5)), ("1e-3", .float(0.001)), ("''", .text("")),
        (#"'a' "b""#, .text("ab")), (#"r'\n'"#, .text(#"\n"#)), (#"u'\u00e9\x41\101\t'"#, .text("éAA\t")),
        ("'''a\nb'''", .text("a\nb")), (#"'\q'"#, .text(#"\q"#)), ("'a\\\nb'", .text("ab")), ("[]", .list([])),
        ("()", .list([])), ("(1)", .int(1)), ("(1,)", .list([.int(1)])), ("1, 2", .list([.int(1), .int(2)])),
        ("[1, # one\n 2,\n]", .list([.int(1), .int(2)])), ("{}", .dict([])),
        ("{'a': 1, }", .dict([.init(key: .text("a"), value: .int(1))])),
    ])
    func isRead(text: String, value: PythonValue) { #expect(PythonLiteralReader.value(of: text.utf8) == value) }

    @Test(arguments: [
        "", "name", "f'x'", "b'x'", "1 + 2", "call()", "[1", "(1, 2", "{1}", "{1: }", "'open", "'''open", "01", "1__0",
        "1_", "0x", "0xg", "99999999999999999999", "- 'a'", "not True", "[x for x in y]", "'a' 'b", "'\\", "1e999",
        "inf",
        "nan", "\\", "-", "--1", "'\\ud800'", "'\\N{DASH}'", "'\\x4'", "…",
    ])
    func isNoLiteral(text: String) { #expect(PythonLiteralReader.value(of: text.utf8) == nil) }

    @Test func depthIsBounded() {
        let text = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(PythonLiteralReader.value(of: text.utf8) == nil)
        let nested = String(repeating: "(", count: 60) + "1" + String(repeating: ",)", count: 60)
        #expect(PythonLiteralReader.value(of: nested.utf8) != nil)
    }

    @Test(arguments: [
        ("a = 1", ["1 a"]), ("a = 1; b = 2 # c = 3\n", ["1 a", "1 b"]), ("if x:\n  a = 1\nb = 2", ["1 -", "3 b"]),
        ("a = '''\nb = 1\n'''\nc = 2", ["1 a", "4 c"]), ("a = [\n1,\n]\nb: list[str] = x", ["1 a", "4 b"]),
        ("a == 1\na += 1\na.b = 1\na[0] = 1", ["1 -", "2 -", "3 -", "4 -"]), ("x = \\\n 5\ny=1", ["1 x", "3 y"]),
        ("a = 'open\nb = 1", ["1 a", "2 b"]), ("# only\n\n   # this\n", []), ("a = (;)\n", ["1 a"]),
    ])
    func statementsAreFound(text: String, expected: [String]) throws {
        let found = try PythonStatements(text).all.map { "\($0.line) \($0.assignment?.name ?? "-")" }
        #expect(found == expected)
    }

    @Test(arguments: [
        ("a b", ["a", "b"]), ("'a b' \"c d\"", ["a b", "c d"]), ("a\\ b", ["a b"]),
        ("$PORT-${X:-1}", ["${PORT}-${X:-1}"]),
        ("'$PORT'", ["$PORT"]), ("\"$A\\\"\"", ["${A}\""]), ("''", [""]), ("a # b", ["a"]), ("a#b", ["a#b"]),
        ("open'", ["open"]),
        ("$", ["$"]),
    ])
    func wordsAreThoseOfAShell(text: String, words: [String]) throws { #expect(try ShellWords.read(text) == words) }

    @Test(arguments: ["a | b", "a && b", "$(x)", "`x`", "a > b", "${A#b}", "${", "~/x", "$1", "\"`x`\"", "${A:-${B}}"])
    func aShellIsNeeded(text: String) { #expect(throws: ShellWords.NeedsShell.self) { try ShellWords.read(text) } }
}
