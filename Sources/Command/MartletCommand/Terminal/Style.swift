import FoundationEssentials
import Glibc
import MartletBytes

/// Colours, where they are wanted: on a terminal, unless NO_COLOR is set (https://no-color.org) or TERM is "dumb".
struct Style: Sendable {
    let hasColours: Bool

    static let plain = Style(hasColours: false)

    init(hasColours: Bool) {
        self.hasColours = hasColours
    }

    init(isTerminal: Bool, environment: [String: String]) {
        let isRefused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        hasColours = isTerminal && !isRefused
    }

    static func forStandardError() -> Style {
        Style(isTerminal: StandardError.isTerminal, environment: ProcessInfo.processInfo.environment)
    }

    static func of(_ descriptor: CInt) -> Style {
        Style(isTerminal: isatty(descriptor) == 1, environment: ProcessInfo.processInfo.environment)
    }

    func bold(_ text: String) -> String { wrap(text, in: "1") }
    func faint(_ text: String) -> String { wrap(text, in: "2") }
    func red(_ text: String) -> String { wrap(text, in: "31") }
    func yellow(_ text: String) -> String { wrap(text, in: "33") }
    func link(_ text: String) -> String { wrap(text, in: "4;36") }

    private func wrap(_ text: String, in code: String) -> String {
        hasColours ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
