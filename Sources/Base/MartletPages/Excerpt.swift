/// Some lines of a file, one of which is meant.
package struct Excerpt: Sendable, Equatable {
    /// "blog/main.swift:12".
    package var place: String
    /// The number of the first line shown, from 1.
    package var first: Int
    package var lines: [String]
    /// The number of the line that is meant.
    package var marked: Int

    package init(place: String, first: Int, lines: [String], marked: Int) {
        self.place = place
        self.first = first
        self.lines = lines
        self.marked = marked
    }

    /// Of a line that is longer, the rest is not shown: generated files have lines of a megabyte.
    private static let longest = 240

    /// The lines around one of a text; nil if the text has no such line.
    package init?(of text: String, line: Int, place: String, before: Int = 3, after: Int = 5) {
        guard line > 0 else { return nil }
        // "\r\n" is one character to Swift.
        let all = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard line <= all.count else { return nil }
        let start = max(1, line - before)
        let end = min(all.count, line + after)
        self.init(
            place: place,
            first: start,
            lines: all[(start - 1)..<end].map { Self.shown($0) },
            marked: line
        )
        while lines.count > 1, first + lines.count - 1 > line, lines.last?.isEmpty == true { lines.removeLast() }
    }

    private static func shown(_ line: Substring.UnicodeScalarView) -> String {
        var text = String.UnicodeScalarView()
        for scalar in line.prefix(longest) where scalar != "\r" {
            text.append(scalar.value < 0x20 && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        return String(text)
    }

    /// Each line with its number; the one that is meant has a `>`.
    var text: String {
        let width = "\(first + max(0, lines.count - 1))".utf8.count
        return numbered.map { number, line in
            let digits = "\(number)"
            let margin = String(repeating: " ", count: max(0, width - digits.utf8.count))
            return "\(number == marked ? ">" : " ") \(margin)\(digits) | \(line)"
        }
        .joined(separator: "\n")
    }

    var numbered: [(number: Int, line: String)] {
        lines.enumerated().map { (first + $0.offset, $0.element) }
    }
}
