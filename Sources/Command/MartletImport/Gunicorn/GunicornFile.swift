/// The settings of a `gunicorn.conf.py`, as far as they are literals, and what else is in it.
struct GunicornFile {
    struct Setting {
        let line: Int
        let name: String
        let value: PythonValue
        /// As it is written.
        let text: String
    }

    /// In the order of their last assignments.
    private(set) var settings: [Setting] = []
    private(set) var notes: [ImportNote] = []
    private(set) var names: Set<String> = []

    private var guesses = 0
    private static let mostGuesses = 50

    init(_ text: String) throws(ImportError) {
        for statement in try PythonStatements(text).all { add(statement) }
    }

    private mutating func add(_ statement: PythonStatements.Statement) {
        let text = String(decoding: statement.text, as: UTF8.self)
        guard let (name, expression) = statement.assignment else { return note(statement, text) }
        names.insert(name)
        // What it was before is over, whatever it is now.
        settings.removeAll { $0.name == name }
        guard GunicornOptions.row(of: name) != nil else {
            guesses += 1
            let near = guesses <= Self.mostGuesses ? GunicornOptions.nearest(to: name) : nil
            let guess = near.map { "; did you mean '\($0)'?" } ?? ""
            let kind: ImportNote.Kind = near == nil ? .notNeeded : .notTranslated
            notes.append(ImportNote(kind, line: statement.line, text, "no setting of gunicorn's has that name\(guess)"))
            return
        }
        if let value = PythonLiteralReader.value(of: expression) {
            settings.append(Setting(line: statement.line, name: name, value: value, text: text))
        } else {
            let advice = Self.advice[name].map { "; \($0)" } ?? "; write what it comes to"
            notes.append(
                ImportNote(
                    .notTranslated,
                    line: statement.line,
                    text,
                    "it is computed, and nothing is executed\(advice)"
                )
            )
        }
    }

    private static let advice = [
        "workers": "without workers there is one per core",
        "bind": "write the address, or \"${NAME}\" for a variable of the environment",
    ]

    private mutating func note(_ statement: PythonStatements.Statement, _ text: String) {
        // A text by itself is a comment.
        if case .text? = PythonLiteralReader.value(of: statement.text) { return }
        let firstLine = String(text.prefix { $0 != "\n" })
        switch statement.keyword {
        case "import", "from":
            notes.append(ImportNote(.notNeeded, line: statement.line, firstLine, "nothing is executed"))
        case "def", "async", "class", "lambda":
            let reason =
                "a hook is Python, which the server does not run; the application can do it, or a command beside it"
            notes.append(ImportNote(.notTranslated, line: statement.line, firstLine, reason))
        default:
            let reason = "it is not executed, so what it sets is not known"
            notes.append(ImportNote(.notTranslated, line: statement.line, firstLine, reason))
        }
    }
}
