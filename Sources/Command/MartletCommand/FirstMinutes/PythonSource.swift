import MartletBytes

/// What stands at the top level of a Python source, as far as it can be an application: read as text, never run.
///
/// It is no parser of Python: what it does not understand it leaves out. What is made in an `if` or a `try` counts, as far as it is made
/// when the module is imported.
struct PythonSource {
    /// A name that the module has once it is imported.
    struct Name: Equatable {
        let name: String
        let line: Int
        let origin: Origin
    }

    enum Origin: Equatable {
        /// `app = flask.Flask(__name__)`: what is called, with its dots.
        case call(String)
        /// `application = app`, `server = app.server`.
        case alias(String)
        /// `def create_app(config, debug=False)`: how many arguments it has, and how many of them it must be given.
        case function(parameters: Int, required: Int)
        /// `from shop import app`.
        case imported
        /// `async def app(scope, receive, send)`.
        case coroutine(parameters: Int)
    }

    private(set) var names: [Name] = []
    /// `WSGI_APPLICATION = "shop.wsgi.application"`, and other texts that names are given.
    private(set) var texts: [String: String] = [:]
    /// Of `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`, wherever it stands.
    private(set) var settingsModule: String?
    /// The names that a call is given, by the name of what it makes: `web = Middleware(app)`.
    private(set) var arguments: [String: Set<String>] = [:]
    /// Classes with a `__call__(self, environ, start_response)`.
    private(set) var callableClasses: Set<String> = []

    init(_ text: String) {
        var block: Block?
        for statement in PythonStatementLines(text) {
            if settingsModule == nil { settingsModule = Self.settingsModule(in: statement.text) }
            if let block, statement.indent > block.indent {
                if let name = block.className, Self.isCall(statement.text) { callableClasses.insert(name) }
                continue
            }
            block = Self.block(statement)
            read(statement.text, line: statement.line)
        }
    }

    /// What has statements that the module does not run, or not when it is imported.
    private struct Block {
        let indent: Int
        var className: String?
    }

    private static func block(_ statement: PythonStatementLines.Statement) -> Block? {
        var words = Words(statement.text)
        switch words.next() {
        case "class": return Block(indent: statement.indent, className: words.next())
        case "def", "async", "for", "while": return Block(indent: statement.indent)
        case "if" where ["__name__", "TYPE_CHECKING"].contains(where: statement.text.contains):
            return Block(indent: statement.indent)
        default: return nil
        }
    }

    private static func isCall(_ statement: String) -> Bool {
        var words = Words(statement)
        return words.next() == "def" && words.next() == "__call__" && words.takes("(")
            && words.inBrackets().map(parameters).map { $0.count == 3 && $0.required == 3 } == true
    }

    // MARK: - Statements

    private mutating func read(_ statement: String, line: Int) {
        var words = Words(statement)
        switch words.next() {
        case "def": readFunction(&words, line, isAsynchronous: false)
        case "async": if words.next() == "def" { readFunction(&words, line, isAsynchronous: true) }
        case "from": readImport(&words, line)
        case "else", "try", "finally": break
        case let first?: readAssignment(of: first, &words, line)
        case nil: break
        }
    }

    private mutating func readFunction(_ words: inout Words, _ line: Int, isAsynchronous: Bool) {
        guard let name = words.next(), words.takes("("), let inner = words.inBrackets() else { return }
        let (count, required) = Self.parameters(inner)
        let origin: Origin =
            isAsynchronous ? .coroutine(parameters: count) : .function(parameters: count, required: required)
        names.append(Name(name: name, line: line, origin: origin))
    }

    private static func parameters(_ parts: [String]) -> (count: Int, required: Int) {
        var required = 0
        var count = 0
        for part in parts {
            let parameter = part.trimmed
            // What follows a lone star is given by its name.
            if parameter.isEmpty || parameter == "/" || parameter.hasPrefix("**") { continue }
            if parameter == "*" || parameter.hasPrefix("*") { continue }
            count += 1
            if !parameter.contains("=") { required += 1 }
        }
        return (count, required)
    }

    private mutating func readImport(_ words: inout Words, _ line: Int) {
        guard words.dotted() != nil, words.next() == "import" else { return }
        let listed = words.rest.filter { $0 != "(" && $0 != ")" }
        for part in listed.split(separator: ",") {
            let parts = part.split(whereSeparator: \.isWhitespace)
            guard let name = parts.count == 3 && parts[1] == "as" ? parts.last : parts.first else { continue }
            names.append(Name(name: String(name), line: line, origin: .imported))
        }
    }

    /// `app = Flask(__name__)`, `app: Flask = Flask(__name__)`, `app = application = Flask(__name__)`.
    private mutating func readAssignment(of first: String, _ words: inout Words, _ line: Int) {
        var targets = [first]
        if words.takes(":") { words.skip(to: "=") }
        guard words.takesAssignment() else { return }
        while true {
            var further = words
            guard let next = further.next(), further.takesAssignment() else { break }
            targets.append(next)
            words = further
        }
        if let text = words.text() {
            for target in targets { texts[target] = text }
            return
        }
        guard let value = words.dotted() else { return }
        let origin: Origin
        if words.takes("(") {
            origin = .call(value)
            let given = (words.inBrackets() ?? []).compactMap { part -> String? in
                var inner = Words(part)
                return inner.next()
            }
            for target in targets { arguments[target, default: []].formUnion(given) }
        } else if words.isAtEnd {
            origin = .alias(value)
        } else {
            return
        }
        names += targets.map { Name(name: $0, line: line, origin: origin) }
    }

    /// `setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`, or `environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"`. What is
    /// computed is left out.
    private static func settingsModule(in statement: String) -> String? {
        guard let range = statement.firstRange(of: "DJANGO_SETTINGS_MODULE") else { return nil }
        var words = Words(String(statement[range.upperBound...]))
        guard words.takesQuote() else { return nil }
        if words.takes("]") {
            guard words.takesAssignment() else { return nil }
        } else if !words.takes(",") {
            return nil
        }
        guard words.takesQuote(), let module = words.dotted(), words.takesQuote() else { return nil }
        return module
    }
}

/// A statement, read from the left.
private struct Words {
    private(set) var rest: Substring

    init(_ text: String) { rest = text[...] }

    var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

    private mutating func drop(_ unwanted: (Character) -> Bool) { rest = rest.drop(while: unwanted) }

    /// The identifier that comes next.
    mutating func next() -> String? {
        drop(\.isWhitespace)
        let word = rest.prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        guard let first = word.first, !first.isNumber else { return nil }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    /// A name with dots.
    mutating func dotted() -> String? {
        drop(\.isWhitespace)
        let word = rest.prefix { $0 == "_" || $0 == "." || $0.isLetter || $0.isNumber }
        guard let first = word.first, !first.isNumber else { return nil }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    mutating func takes(_ character: Character) -> Bool {
        drop(\.isWhitespace)
        guard rest.first == character else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func takesQuote() -> Bool { takes("\"") || takes("'") }

    mutating func skip(to character: Character) { drop { $0 != character } }

    /// One `=`: two compare.
    mutating func takesAssignment() -> Bool {
        var further = self
        guard further.takes("="), further.rest.first != "=" else { return false }
        self = further
        return true
    }

    /// A string without anything behind it.
    func text() -> String? {
        let value = String(rest).trimmed
        guard let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote else {
            return nil
        }
        let inner = value.dropFirst().dropLast()
        return inner.contains(quote) || inner.contains("\\") ? nil : String(inner)
    }

    /// What stands up to the bracket that closes, cut at the commas that are in no other brackets.
    mutating func inBrackets() -> [String]? {
        var depth = 0
        var parts = [""]
        while let character = rest.first {
            rest = rest.dropFirst()
            if depth == 0, character == ")" { return parts }
            if depth == 0, character == "," {
                parts.append("")
                continue
            }
            if "([{".contains(character) { depth += 1 }
            if ")]}".contains(character) { depth -= 1 }
            parts[parts.count - 1].append(character)
        }
        return nil
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}
