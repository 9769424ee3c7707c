/// What `martlet run` says once it serves: what, with which Python, how, and where.
struct Banner {
    struct Python {
        let version: String
        let path: String
        /// Why it is this one, such as ".venv beside the application".
        let reason: String
    }

    struct Listener {
        /// With the port that it really has.
        let url: String
        /// Whether it can be reached at every address of the machine.
        let isWildcard: Bool
    }

    let application: String
    let python: Python
    let workers: Int
    let threads: Int
    /// The limits in force, in one line.
    let limits: String
    let listeners: [Listener]

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
        for (index, listener) in listeners.enumerated() {
            let reach = listener.isWildcard ? " (and every other address of this machine)" : ""
            lines.append(line(index == 0 ? "Listening" : "", style.link(listener.url) + reach, style))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ title: String, _ text: String, _ style: Style) -> String {
        "  " + style.faint(title.padded(to: 11)) + text
    }

    private func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
