/// The text of a template, and where it is from.
final class TemplateSource: Sendable {
    let name: String
    let path: String?
    let text: String

    init(name: String, path: String?, text: String) {
        self.name = name
        self.path = path
        self.text = text
    }

    /// Of a line that is longer, only what is around the place is shown.
    private static let shown = 100

    /// The line, and a caret below the column.
    func excerpt(line: Int, column: Int) -> String {
        guard line > 0 else { return "" }
        // A line ends where the lexer says: "\r\n" is one character to Swift.
        var lines = LineBreaks.lines(of: text).makeIterator()
        var found: [Unicode.Scalar]?
        for _ in 0..<line { found = lines.next() }
        guard let found else { return "" }
        let start = max(0, min(column - 1, found.count) - Self.shown / 2)
        var shownLine = String.UnicodeScalarView()
        var indent = String.UnicodeScalarView()
        for (offset, scalar) in found[start...].prefix(Self.shown).enumerated() {
            let isTab = scalar == "\t"
            shownLine.append(scalar.value < 0x20 && !isTab ? "\u{FFFD}" : scalar)
            if start + offset < column - 1 { indent.append(isTab ? "\t" : " ") }
        }
        let number = "\(line)"
        let margin = String(repeating: " ", count: number.utf8.count)
        return "  \(number) | \(String(shownLine))\n  \(margin) | \(String(indent))^"
    }
}
