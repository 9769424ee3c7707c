/// A command line: words that are a program and its arguments, or something that only a shell understands.
///
/// The rules, which are those of POSIX (Shell Command Language, sections 2.2 and 2.3) and of make:
///
/// 1. Words are set apart by blanks; what is in '…' is taken as it is, and in "…" too, where \ stands before ", \, $ and `.
/// 2. Whatever a shell would do more with, $NAME, patterns, pipes, redirections, `~`, comments, NAME=value in front, several lines, is a
///    shell's, and so is a word that names something that a shell does itself, such as `cd` and `exec`.
/// 3. What is no whole command line, such as one with an open quote, is a shell's as well: it says what is wrong.
///
/// Without the shell between them a program gets the signals that are meant for it: dash and others start the last command of a line as a
/// child, and do not pass SIGTERM on.
package enum ShellLine: Equatable, Sendable {
    /// At least one, and the first one is not empty.
    case words([String])
    case shell

    private static let special = Set("|&;<>()$`*?[]{}~#!\n\r\0")

    /// What a shell does itself: its reserved words, and its built-in commands where no program of the name does the same.
    private static let ownWords: Set<String> = [
        ".", ":", "alias", "bg", "break", "case", "cd", "command", "continue", "do", "done", "elif", "else", "esac",
        "eval", "exec",
        "exit", "export", "fc", "fg", "fi", "for", "function", "getopts", "hash", "if", "jobs", "local", "read",
        "readonly", "return",
        "select", "set", "shift", "source", "then", "times", "trap", "type", "ulimit", "umask", "unalias", "unset",
        "until", "wait",
        "while",
    ]

    package init(_ text: String) {
        self = Self.words(of: text).map { .words($0) } ?? .shell
    }

    /// Nil where a shell has to read it.
    private static func words(of text: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var rest = text[...]
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let next = rest.popFirst() {
            switch next {
            case " ", "\t":
                if let word { words.append(word) }
                word = nil
            case "'":
                guard let end = rest.firstIndex(of: "'") else { return nil }
                word = (word ?? "") + rest[..<end]
                rest = rest[end...].dropFirst()
            case "\"":
                guard let text = quoted(&rest) else { return nil }
                word = (word ?? "") + text
            case "\\":
                guard let literal = rest.popFirst(), !literal.isNewline, literal != "\0" else { return nil }
                word = (word ?? "") + String(literal)
            case "=" where words.isEmpty: return nil
            case _ where special.contains(next) || next.isNewline: return nil
            default: word = (word ?? "") + String(next)
            }
        }
        if let word { words.append(word) }
        guard let program = words.first, !program.isEmpty, !ownWords.contains(program) else {
            return nil
        }
        return words
    }

    /// What is left of a text in double quotes, without the last of them; nil where a shell has to read it.
    private static func quoted(_ rest: inout Substring) -> String? {
        var text = ""
        while let next = rest.popFirst() {
            switch next {
            case "\"": return text
            case "$", "`", "\0": return nil
            case "\\":
                guard let literal = rest.popFirst(), !literal.isNewline else { return nil }
                if !"\"\\$`".contains(literal) { text.append("\\") }
                text.append(literal)
            default: text.append(next)
            }
        }
        return nil
    }
}
