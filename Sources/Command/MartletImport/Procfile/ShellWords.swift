/// The words of one simple command, as a shell would make them (POSIX Shell Command Language, 2.2 and 2.6), without running anything.
///
/// `$NAME` and `${NAME:-VALUE}` become Martlet's own form. What only a shell can do, such as pipes, lists of commands, substitutions and
/// patterns, is a reason not to read it.
struct ShellWords {
    /// It takes a shell.
    struct NeedsShell: Error {
        let reason: String
    }

    private static let most = 1000

    private(set) var words: [String] = []
    private var word: String?
    private var rest: Substring

    static func read(_ text: String) throws(NeedsShell) -> [String] {
        var reader = ShellWords(rest: text[...])
        try reader.readAll()
        return reader.words
    }

    private init(rest: Substring) { self.rest = rest }

    private mutating func readAll() throws(NeedsShell) {
        while let next = rest.popFirst() {
            switch next {
            case " ", "\t", "\n": end()
            case "'":
                while let inner = rest.popFirst(), inner != "'" { append("\(inner)") }
                append("")
            case "\"": try quoted()
            case "\\": if let escaped = rest.popFirst() { append("\(escaped)") }
            case "$": append(try variable())
            case "#" where word == nil: rest = ""
            case "|", "&", ";", "<", ">", "(", ")", "`":
                throw NeedsShell(reason: "'\(next)' in it takes a shell")
            case "*", "?", "[", "]": append("\(next)")
            case "~" where word == nil: throw NeedsShell(reason: "'~' in it takes a shell")
            default: append("\(next)")
            }
        }
        end()
        guard words.count <= Self.most else { throw NeedsShell(reason: "it has more than \(Self.most) words") }
    }

    private mutating func quoted() throws(NeedsShell) {
        append("")
        while let inner = rest.popFirst(), inner != "\"" {
            switch inner {
            case "\\":
                guard let escaped = rest.popFirst() else { return }
                append("\"\\$`".contains(escaped) ? "\(escaped)" : "\\\(escaped)")
            case "$": append(try variable())
            case "`": throw NeedsShell(reason: "'`' in it takes a shell")
            default: append("\(inner)")
            }
        }
    }

    /// What follows a dollar.
    private mutating func variable() throws(NeedsShell) -> String {
        if rest.first == "{" {
            guard let end = rest.firstIndex(of: "}") else {
                throw NeedsShell(reason: "the brace of '${' is not closed")
            }
            let inside = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            let name = inside.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            let behind = inside.dropFirst(name.count)
            guard !name.isEmpty, behind.isEmpty || behind.hasPrefix(":-"), !behind.contains("$") else {
                throw NeedsShell(reason: "'${\(inside)}' takes a shell")
            }
            return "${\(inside)}"
        }
        if rest.first == "(" { throw NeedsShell(reason: "'$(' in it takes a shell") }
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard let first = name.first else { return "$" }
        guard !first.isNumber else { throw NeedsShell(reason: "'$\(first)' in it takes a shell") }
        rest = rest.dropFirst(name.count)
        return "${\(name)}"
    }

    private mutating func append(_ text: String) {
        if word == nil { word = "" }
        word?.append(text)
    }

    private mutating func end() {
        if let word { words.append(word) }
        word = nil
    }
}
