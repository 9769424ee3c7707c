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
        let lines = [
            "\(style.bold("martlet \(Version.current)")) serves \(style.bold(application))",
            Self.line("Python", "\(python.version), \(python.path) (\(python.reason))", style),
            Self.line("Workers", Self.workers(workers, threads: threads), style),
            Self.line("Limits", limits, style),
        ]
        return (lines + Self.lines(listeners, style)).joined(separator: "\n") + "\n"
    }

    static func line(_ title: String, _ text: String, _ style: Style) -> String {
        "  " + style.faint(title.padded(to: 11)) + text
    }

    static func lines(_ listeners: [Listener], _ style: Style) -> [String] {
        listeners.enumerated()
            .map { index, listener in
                let reach = listener.isWildcard ? " (and every other address of this machine)" : ""
                return line(index == 0 ? "Listening" : "", style.link(listener.url) + reach, style)
            }
    }

    static func workers(_ workers: Int, threads: Int) -> String {
        "\(count(workers, "process", "processes")) × \(count(threads, "thread", "threads"))"
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
