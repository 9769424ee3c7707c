import MartletSettings
import Testing

@testable import MartletCommand

@Suite struct BannerTests {
    private func banner(_ listeners: [Banner.Listener]) -> Banner {
        Banner(
            name: "hello:app",
            facts: [
                ("Python", "3.11.7, /srv/.venv/bin/python (.venv beside the application)"),
                ("Workers", "2 processes × 4 threads"),
            ],
            limits: "head 32 KB",
            listeners: listeners
        )
    }

    private func listener(_ url: String, isWildcard: Bool = false) -> Banner.Listener {
        Banner.Listener(url: url, isWildcard: isWildcard)
    }

    @Test func saysWhatIsServedAndWhere() {
        #expect(
            banner([listener("http://127.0.0.1:43211"), listener("unix:/run/hello.sock")]).render(.plain) == """
                martlet \(Version.current) serves hello:app
                  Python     3.11.7, /srv/.venv/bin/python (.venv beside the application)
                  Workers    2 processes × 4 threads
                  Limits     head 32 KB
                  Listening  http://127.0.0.1:43211
                             unix:/run/hello.sock

                """
        )
    }

    @Test func countsInTheSingular() {
        #expect(PythonTarget.workers(1, threads: 1) == "1 process × 1 thread")
        #expect(PythonTarget.workers(2, threads: 4) == "2 processes × 4 threads")
    }

    @Test func explainsWildcards() {
        let text = banner([listener("http://127.0.0.1:80", isWildcard: true)]).render(.plain)
        #expect(text.hasSuffix("  Listening  http://127.0.0.1:80 (and every other address of this machine)\n"))
    }

    @Test func coloursNeverTouchTheURL() {
        let text = banner([listener("http://127.0.0.1:8000")]).render(Style(hasColours: true))
        #expect(text.contains("\u{1B}[4;36mhttp://127.0.0.1:8000\u{1B}[0m\n"))
    }
}

@Suite struct StyleTests {
    @Test(arguments: [
        (true, [:], true),
        (false, [:], false),
        (true, ["NO_COLOR": "1"], false),
        (true, ["NO_COLOR": ""], true),
        (true, ["TERM": "dumb"], false),
    ])
    func coloursAreForTerminals(isTerminal: Bool, environment: [String: String], expected: Bool) {
        #expect(Style(isTerminal: isTerminal, environment: environment).hasColours == expected)
    }
}
