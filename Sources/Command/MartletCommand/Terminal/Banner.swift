/// What `martlet run` says once it serves: what, with which Python, how, and where.
struct Banner {
    struct Python {
        let version: String
        let path: String
        /// Why it is this one, such as "from .venv beside the app".
        let reason: String
    }

    let application: String
    let python: Python
    let workers: Int
    let threads: Int
    /// The limits in force, in one line.
    let limits: String
    /// The listeners as URLs, with the ports that they really have.
    let urls: [String]

    /// The text, one fact a line and the addresses last: whoever waits for an address has seen the rest.
    func render(_ style: Style) -> String {
        var lines = [
            "\(style.bold("martlet \(Version.current)")) serves \(style.bold(application))",
            line("Python", "\(python.version), \(python.path) (\(python.reason))", style),
            line(
                "Workers",
                "\(count(workers, "process", "processes")) × \(count(threads, "thread", "threads"))",
                style
            ),
            line("Limits", limits, style),
        ]
        for (index, url) in urls.enumerated() {
            lines.append(line(index == 0 ? "Listening" : "", style.link(url) + hint(url), style))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ title: String, _ text: String, _ style: Style) -> String {
        "  " + style.faint(title.padded(to: 11)) + text
    }

    private func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    /// An address that stands for all of the machine's is none that a browser can be sent to everywhere.
    private func hint(_ url: String) -> String {
        for (wildcard, local) in [("http://0.0.0.0:", "http://127.0.0.1:"), ("http://[::]:", "http://[::1]:")]
        where url.hasPrefix(wildcard) {
            return " (every address of this machine; here \(local)\(url.dropFirst(wildcard.count)))"
        }
        return ""
    }
}
