import MartletBytes
import MartletPages

/// An error of the compiler: `/path/Blog.swift:12:7: error: cannot find 'x' in scope`.
struct BuildDiagnostic: Sendable, Equatable {
    let file: String
    let line: Int
    let message: String

    var place: String { "\(file):\(line)" }

    /// - Parameter text: a line of what `swift build` writes; nil for every other one.
    init?(_ text: Substring) {
        guard text.first == "/", let mark = text.firstRange(of: ": error: ") else { return nil }
        let parts = text[..<mark.lowerBound].split(separator: ":")
        guard parts.count >= 3, let line = Int(parts[parts.count - 2]), line > 0 else { return nil }
        file = parts.dropLast(2).joined(separator: ":")
        self.line = line
        message = String(text[mark.upperBound...])
    }

    /// Each of them once, in the order of the compiler.
    static func all(in output: String) -> [BuildDiagnostic] {
        var found: [BuildDiagnostic] = []
        for line in output.split(whereSeparator: \.isNewline) {
            if let diagnostic = BuildDiagnostic(line), !found.contains(diagnostic) { found.append(diagnostic) }
            if found.count == most { break }
        }
        return found
    }

    /// More are not shown: they follow from the first.
    private static let most = 20
    /// A longer source is not shown.
    private static let longest = 4 << 20
    /// So many lines are shown before and after the one that is meant.
    private static let around = 3

    var part: ErrorPage.Part {
        guard let bytes = try? RegularFile.read(file, atMost: Self.longest) else { return .note(place) }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard line <= lines.count else { return .note(place) }
        let first = max(1, line - Self.around)
        let last = min(lines.count, line + Self.around)
        return .excerpt(
            Excerpt(place: place, first: first, lines: lines[(first - 1)..<last].map(String.init), marked: line)
        )
    }
}
