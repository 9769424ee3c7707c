import MartletAttached
import Testing

@Suite struct ShellLineTests {
    @Test(
        "what a shell would make of it, without one",
        arguments: [
            ("celery -A shop worker", ["celery", "-A", "shop", "worker"]),
            ("  celery\t beat \n", ["celery", "beat"]),
            (#"echo 'a $HOME; b' "c d" e\ f"#, ["echo", "a $HOME; b", "c d", "e f"]),
            (#"echo "a \"b\" \\ \$HOME \n""#, ["echo", #"a "b" \ $HOME \n"#]),
            ("pro'gr'\"am\" '' \"\"", ["program", "", ""]),
            (
                "rq worker --url=redis://localhost/0 50% a,b:c@d^e",
                ["rq", "worker", "--url=redis://localhost/0", "50%", "a,b:c@d^e"]
            ),
            ("/usr/bin/env A=b printenv A", ["/usr/bin/env", "A=b", "printenv", "A"]),
            ("ärger é", ["ärger", "é"]),
            ("test -f x", ["test", "-f", "x"]),
        ] as [(String, [String])]
    )
    func words(_ line: String, _ words: [String]) {
        #expect(ShellLine(line) == .words(words))
    }

    @Test(
        "what is a shell's",
        arguments: [
            "a | b", "a && b", "a &", "a; b", "a > b", "a < b", "a $HOME", "a `b`", "(a)", "a *.py", "a b?", "[ -f a ]",
            "a ~/b", "a {b,c}",
            "a # b", "! a", "A=b c", "a\nb", "a \\\nb", "cd a", "exec a", ". a", "while a", "a 'b", "a \"b", "a \"$B\"",
            "a \"`b`\"", "a \\",
            "\"a\\", "'cd' x", "", " ", "''", "a \u{0}b", "a \"\u{0}\"", "a\r\nb", "a\u{2028}b",
        ]
    )
    func shell(_ line: String) { #expect(ShellLine(line) == .shell) }
}
