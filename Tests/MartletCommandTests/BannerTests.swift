import Testing

@testable import MartletCommand

@Suite struct BannerTests {
    private func banner(workers: Int = 2, threads: Int = 4, urls: [String]) -> Banner {
        Banner(
            application: "hello:app",
            python: .init(version: "3.11.7", path: "/srv/.venv/bin/python", reason: "from .venv beside the app"),
            workers: workers,
            threads: threads,
            limits: "head 32 KB",
            urls: urls
        )
    }

    @Test func saysWhatIsServedAndWhere() {
        #expect(
            banner(urls: ["http://127.0.0.1:43211", "unix:/run/hello.sock"]).render(.plain) == """
                martlet \(Version.current) serves hello:app
                  Python     3.11.7, /srv/.venv/bin/python (from .venv beside the app)
                  Workers    2 processes × 4 threads
                  Limits     head 32 KB
                  Listening  http://127.0.0.1:43211
                             unix:/run/hello.sock

                """
        )
    }

    @Test func countsInTheSingular() {
        #expect(banner(workers: 1, threads: 1, urls: []).render(.plain).contains("1 process × 1 thread\n"))
    }

    @Test(arguments: [
        ("http://0.0.0.0:80", "http://0.0.0.0:80 (every address of this machine; here http://127.0.0.1:80)"),
        ("http://[::]:8000", "http://[::]:8000 (every address of this machine; here http://[::1]:8000)"),
    ])
    func explainsWildcards(url: String, line: String) {
        #expect(banner(urls: [url]).render(.plain).contains("  Listening  \(line)\n"))
    }

    @Test func coloursNeverTouchTheURL() {
        let text = banner(urls: ["http://127.0.0.1:8000"]).render(Style(hasColours: true))
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
