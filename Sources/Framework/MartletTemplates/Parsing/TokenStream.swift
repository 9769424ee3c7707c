/// The words of a template, one after the other.
struct TokenStream {
    let source: TemplateSource
    private let tokens: [Token]
    private var at = 0

    /// How deep expressions, and how deep tags, may lie within each other: C compilers have to take 63 parentheses and CPython
    /// takes 200; of its statements, 20 loops and 100 levels of indentation.
    static let deepestExpression = 100
    static let deepestTag = 50

    init(_ tokens: [Token], source: TemplateSource) {
        self.tokens = tokens
        self.source = source
    }

    var current: Token { tokens[min(at, tokens.count - 1)] }
    var next: Token { tokens[min(at + 1, tokens.count - 1)] }

    mutating func advance() { if at < tokens.count - 1 { at += 1 } }

    mutating func take() -> Token {
        defer { advance() }
        return current
    }

    func isName(_ name: String) -> Bool { current.kind == .name(name) }
    func isSign(_ sign: Token.Sign) -> Bool { current.kind == .sign(sign) }

    mutating func skips(_ name: String) -> Bool {
        guard isName(name) else { return false }
        advance()
        return true
    }

    mutating func skips(_ sign: Token.Sign) -> Bool {
        guard isSign(sign) else { return false }
        advance()
        return true
    }

    mutating func expect(_ sign: Token.Sign) throws {
        guard skips(sign) else { throw unexpected(wanting: "'\(sign.rawValue)'") }
    }

    mutating func expect(_ word: String) throws {
        guard skips(word) else { throw unexpected(wanting: "'\(word)'") }
    }

    mutating func expectName(_ what: String) throws -> String {
        guard case .name(let name) = current.kind else { throw unexpected(wanting: what) }
        advance()
        return name
    }

    mutating func expectBlockEnd() throws {
        guard current.kind == .blockEnd else { throw unexpected(wanting: "'%}'") }
        advance()
    }

    func unexpected(wanting wanted: String) -> TemplateError {
        error("expected \(wanted), got '\(current.description)'")
    }

    func checkStack() throws {
        do { try ThreadStack.check() } catch {
            throw Place(source: source, line: current.line, column: current.column).error(error)
        }
    }

    func error(_ message: String, at token: Token? = nil) -> TemplateError {
        let token = token ?? current
        return Place(source: source, line: token.line, column: token.column).error(message, kind: .syntax)
    }
}
