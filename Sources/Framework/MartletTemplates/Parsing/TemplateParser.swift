/// Reads a whole template: text, expressions and tags within each other.
struct TemplateParser {
    var tokens: TokenStream
    /// The tags that are open, for messages.
    private var open: [Token] = []

    init(_ tokens: [Token], source: TemplateSource) { self.tokens = TokenStream(tokens, source: source) }

    /// - Throws: ``TemplateError`` of kind `syntax`.
    static func statements(of source: TemplateSource, options: TemplateOptions) throws -> [Statement] {
        var parser = TemplateParser(try Lexer.tokens(of: source, options: options), source: source)
        let statements = try parser.statements(until: [])
        return statements
    }

    /// Statements up to a tag with one of these names, whose name is then the current word.
    mutating func statements(until ends: [String]) throws -> [Statement] {
        var statements: [Statement] = []
        var parts: [OutputPart] = []
        var start = tokens.current
        func flush() {
            if !parts.isEmpty {
                statements.append(Statement(kind: .output(parts), line: start.line, column: start.column))
            }
            parts = []
        }
        while true {
            let token = tokens.current
            if parts.isEmpty { start = token }
            switch token.kind {
            case .data(let text):
                tokens.advance()
                parts.append(.text(text))
            case .variableBegin:
                tokens.advance()
                parts.append(.expression(try tuple()))
                guard tokens.current.kind == .variableEnd else { throw tokens.unexpected(wanting: "'}}'") }
                tokens.advance()
            case .blockBegin:
                flush()
                tokens.advance()
                if case .name(let name) = tokens.current.kind, ends.contains(name) { return statements }
                statements.append(try statement(ends))
                try tokens.expectBlockEnd()
            default:
                flush()
                if ends.isEmpty { return statements }
                throw missing(ends)
            }
        }
    }

    /// Behind the opening tag: its end, what it holds, and the name of the tag that ends it.
    mutating func body(until ends: String...) throws -> [Statement] {
        tokens.skipsColon()
        try tokens.expectBlockEnd()
        return try statements(until: ends)
    }

    /// As `body`, with the closing tag's name read too.
    mutating func wholeBody(until end: String) throws -> [Statement] {
        let body = try body(until: end)
        tokens.advance()
        return body
    }

    private func missing(_ ends: [String]) -> TemplateError {
        let wanted = ends.map { "'{% \($0) %}'" }.joined(separator: " or ")
        guard let tag = open.last else { return tokens.error("the template ends, where \(wanted) should be") }
        return tokens.error("the tag '\(tag.description)' is not closed: \(wanted) is missing", at: tag)
    }

    private mutating func statement(_ ends: [String]) throws -> Statement {
        let token = tokens.current
        guard case .name(let name) = token.kind else { throw tokens.unexpected(wanting: "the name of a tag") }
        guard let read = TagParser.tags[name] else { throw unknownTag(name, token, ends) }
        guard open.count < TokenStream.deepestTag else {
            throw tokens.error("more than \(TokenStream.deepestTag) tags within each other")
        }
        try tokens.checkStack()
        tokens.advance()
        open.append(token)
        let kind = try read(&self, token)
        open.removeLast()
        return Statement(kind: kind, line: token.line, column: token.column)
    }

    private func unknownTag(_ name: String, _ token: Token, _ ends: [String]) -> TemplateError {
        var message = "there is no tag '\(name)'"
        if name.hasPrefix("end") || name == "else" || name == "elif" {
            message = "unexpected '{% \(name) %}'"
            if let tag = open.last {
                let wanted = ends.map { "'{% \($0) %}'" }.joined(separator: " or ")
                message += "; the innermost open tag is '\(tag.description)' of line \(tag.line), which wants \(wanted)"
            } else {
                message += ": no tag is open that it could close"
            }
        } else {
            message += Suggestion.text(for: name, among: Array(TagParser.tags.keys) + ends)
        }
        return tokens.error(message, at: token)
    }

    // MARK: Expressions within tags

    mutating func expression(withCondition: Bool = true) throws -> Expression {
        var parser = ExpressionParser(tokens)
        let expression = try parser.parse(withCondition: withCondition)
        tokens = parser.tokens
        return expression
    }

    mutating func tuple(withCondition: Bool = true, endWord: String? = nil) throws -> Expression {
        var parser = PrimaryParser(tokens, nesting: 0)
        let expression = try parser.tuple(withCondition: withCondition, endWord: endWord)
        tokens = parser.expressions.tokens
        return expression
    }

    /// `name|filter|filter`, applied to what the tag holds. At the first filter.
    mutating func filters(of token: Token, startsInline: Bool) throws -> Expression? {
        var parser = PrimaryParser(tokens, nesting: 0)
        var value = Expression(.body, at: token)
        var isFirst = startsInline
        var count = 0
        while isFirst || parser.expressions.tokens.skips(.pipe) {
            isFirst = false
            value = try parser.filter(of: value)
            count += 1
        }
        tokens = parser.expressions.tokens
        return count == 0 ? nil : value
    }

    /// What can be assigned to.
    mutating func target(endWord: String? = nil, withNamespace: Bool = false) throws -> Target {
        var targets: [Target] = []
        var isTuple = false
        while true {
            if !targets.isEmpty { try tokens.expect(.comma) }
            if isTuple, isTargetEnd(endWord) { break }
            targets.append(try singleTarget(withNamespace: withNamespace, depth: 0))
            guard tokens.isSign(.comma) else { break }
            isTuple = true
        }
        return isTuple ? .tuple(targets) : targets[0]
    }

    private func isTargetEnd(_ endWord: String?) -> Bool {
        switch tokens.current.kind {
        case .blockEnd, .sign(.assign): true
        default: endWord.map(tokens.isName) ?? false
        }
    }

    private mutating func singleTarget(withNamespace: Bool, depth: Int) throws -> Target {
        guard depth < TokenStream.deepestTag else { throw tokens.error("too many parentheses within each other") }
        if tokens.skips(.openParenthesis) {
            var targets: [Target] = []
            while !tokens.isSign(.closeParenthesis) {
                if !targets.isEmpty { try tokens.expect(.comma) }
                if tokens.isSign(.closeParenthesis) { break }
                targets.append(try singleTarget(withNamespace: withNamespace, depth: depth + 1))
            }
            tokens.advance()
            return .tuple(targets)
        }
        let token = tokens.current
        guard case .name(let name) = token.kind else {
            throw tokens.error("can't assign to '\(token.description)': a name should be here")
        }
        tokens.advance()
        if withNamespace, tokens.skips(.dot) {
            return .namespace(name, attribute: try tokens.expectName("the name of an attribute"))
        }
        guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
            throw tokens.error("can't assign to '\(name)'", at: token)
        }
        return .name(name)
    }

    mutating func nameTarget() throws -> String {
        let token = tokens.current
        let name = try tokens.expectName("a name")
        guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
            throw tokens.error("can't assign to '\(name)'", at: token)
        }
        return name
    }
}

extension TokenStream {
    /// People who come from Python write it.
    mutating func skipsColon() { _ = skips(.colon) }
}
