/// The text of a configuration file, and how a place in it is shown.
struct ConfigurationText: Sendable {
    /// As the person knows the file: the path that was given.
    let name: String
    let text: String
    private let lines: [Substring]

    init(name: String, text: String) {
        self.name = name
        self.text = text
        lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    }

    /// What stands at a place.
    func excerpt(_ place: TextPlace) -> String {
        guard lines.indices.contains(place.line - 1) else { return "" }
        let scalars = lines[place.line - 1].unicodeScalars.dropFirst(place.column - 1).prefix(place.width)
        return String(String.UnicodeScalarView(scalars))
    }

    /// `file:line:column: message`, and the line with the place underlined.
    func render(_ problem: ConfigurationProblem) -> String {
        let place = problem.place
        let head = "\(name):\(place.line):\(place.column): \(problem.message)\n"
        guard lines.indices.contains(place.line - 1), !lines[place.line - 1].isEmpty else { return head }
        let number = String(place.line).leftPadded(to: 5)
        let line = lines[place.line - 1].unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        let blank = String(repeating: " ", count: max(0, place.column - 1))
        let mark = String(repeating: "^", count: max(1, min(place.width, line.count - place.column + 1)))
        return head + "\(number) | \(String(String.UnicodeScalarView(line)))\n      | \(blank)\(mark)\n"
    }
}

/// Where something stands in a file. Lines and columns count from 1; columns are characters as Unicode's scalar values.
struct TextPlace: Sendable, Hashable, Comparable {
    var line: Int
    var column: Int
    var width = 1

    static let start = TextPlace(line: 1, column: 1)

    static func < (first: TextPlace, second: TextPlace) -> Bool {
        (first.line, first.column) < (second.line, second.column)
    }
}

/// Something that is wrong in a configuration file.
struct ConfigurationProblem: Sendable, Equatable {
    enum Weight: Sendable {
        /// Nothing can be served with it.
        case fault
        /// The site can be served, but not as it was meant.
        case concern
        /// The same, and the server tells of it in its own log.
        case toldByServer
    }

    let place: TextPlace
    let message: String
    var weight = Weight.fault
}

/// Everything that is wrong in a configuration file, as it is shown.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let description: String
    /// The first of it in one line: `line 5: …`.
    let first: String

    init(_ problems: [ConfigurationProblem], in text: ConfigurationText, hiding secrets: Secrets = Secrets()) {
        let problems = problems.sorted { $0.place < $1.place }
        description = VisibleText.lines(secrets.masked(problems.map(text.render).joined()))
        first = problems.first.map { secrets.masked("line \($0.place.line): \($0.message)") } ?? ""
    }

    init(description: String) {
        self.description = VisibleText.lines(description)
        first = description.split(separator: "\n").first.map(String.init) ?? ""
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }
}
