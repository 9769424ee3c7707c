/// How each tag is read. The word before has been its name.
enum TagParser {
    typealias Read = @Sendable (inout TemplateParser, Token) throws -> Statement.Kind

    static let tags: [String: Read] = [
        "for": loop,
        "if": condition,
        "set": assignment,
        "with": with,
        "block": block,
        "extends": { parser, _ in .extends(try parser.expression()) },
        "include": include,
        "import": importModule,
        "from": importNames,
        "macro": macro,
        "call": callBlock,
        "filter": filterBlock,
        "print": print,
        "do": { parser, _ in .evaluation(try parser.tuple()) },
        "autoescape": autoescape,
        "break": { _, _ in .leaveLoop },
        "continue": { _, _ in .nextRound },
    ]

    @Sendable private static func loop(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        let target = try parser.target(endWord: "in")
        if target.names.contains("loop") {
            throw parser.tokens.error("'loop' is the loop itself and cannot be its variable", at: token)
        }
        try parser.tokens.expect("in")
        let iterable = try parser.tuple(withCondition: false, endWord: "recursive")
        let test = parser.tokens.skips("if") ? try parser.expression() : nil
        let isRecursive = parser.tokens.skips("recursive")
        let body = try parser.body(until: "endfor", "else")
        var otherwise: [Statement] = []
        if parser.tokens.isName("else") {
            parser.tokens.advance()
            otherwise = try parser.wholeBody(until: "endfor")
        } else {
            parser.tokens.advance()
        }
        return .loop(
            Loop(
                target: target,
                iterable: iterable,
                test: test,
                isRecursive: isRecursive,
                body: body,
                otherwise: otherwise
            )
        )
    }

    @Sendable private static func condition(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        var branches: [(test: Expression, body: [Statement])] = []
        while true {
            let test = try parser.tuple(withCondition: false)
            branches.append((test, try parser.body(until: "elif", "else", "endif")))
            let end = parser.tokens.take()
            switch end.kind {
            case .name("elif"): continue
            case .name("else"): return .condition(branches, otherwise: try parser.wholeBody(until: "endif"))
            default: return .condition(branches, otherwise: [])
            }
        }
    }

    @Sendable private static func assignment(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        let target = try parser.target(withNamespace: true)
        if parser.tokens.skips(.assign) { return .assignment(target, try parser.tuple()) }
        let filter = try parser.filters(of: token, startsInline: false)
        return .blockAssignment(target, filter: filter, body: try parser.wholeBody(until: "endset"))
    }

    @Sendable private static func with(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        var assignments: [(target: Target, value: Expression)] = []
        while parser.tokens.current.kind != .blockEnd {
            if !assignments.isEmpty { try parser.tokens.expect(.comma) }
            let target = try parser.target()
            try parser.tokens.expect(.assign)
            assignments.append((target, try parser.expression()))
        }
        return .with(assignments, body: try parser.wholeBody(until: "endwith"))
    }

    @Sendable private static func block(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        let name = try parser.tokens.expectName("the name of the block")
        if parser.tokens.isSign(.subtract) {
            throw parser.tokens.error("the name of a block has no hyphens; write an underscore instead")
        }
        let isScoped = parser.tokens.skips("scoped")
        let isRequired = parser.tokens.skips("required")
        let body = try parser.wholeBody(until: "endblock")
        if isRequired, !body.allSatisfy(isBlank) {
            throw parser.tokens.error(
                "a required block holds only white space and comments: whoever extends fills it",
                at: token
            )
        }
        _ = parser.tokens.skips(name)
        return .block(Block(name: name, isScoped: isScoped, isRequired: isRequired, body: body))
    }

    private static func isBlank(_ statement: Statement) -> Bool {
        guard case .output(let parts) = statement.kind else { return false }
        return parts.allSatisfy { part in
            if case .text(let text) = part { text.unicodeScalars.allSatisfy(CodePoints.isSpace) } else { false }
        }
    }

    @Sendable private static func include(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        let template = try parser.expression()
        var ignoresMissing = false
        if parser.tokens.isName("ignore"), parser.tokens.next.kind == .name("missing") {
            parser.tokens.advance()
            parser.tokens.advance()
            ignoresMissing = true
        }
        let withContext = parser.contextWords() ?? true
        return .include(Include(template: template, ignoresMissing: ignoresMissing, withContext: withContext))
    }

    @Sendable private static func importModule(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind
    {
        let template = try parser.expression()
        try parser.tokens.expect("as")
        let name = try parser.nameTarget()
        return .importModule(template, name: name, withContext: parser.contextWords() ?? false)
    }

    @Sendable private static func importNames(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        let template = try parser.expression()
        try parser.tokens.expect("import")
        var names: [(name: String, alias: String)] = []
        var withContext: Bool?
        while true {
            if !names.isEmpty { try parser.tokens.expect(.comma) }
            withContext = parser.contextWords()
            if withContext != nil { break }
            let name = try parser.nameTarget()
            if name.hasPrefix("_") {
                throw parser.tokens.error(
                    "'\(name)' cannot be imported: names that begin with '_' are private",
                    at: token
                )
            }
            names.append((name, parser.tokens.skips("as") ? try parser.nameTarget() : name))
            withContext = parser.contextWords()
            if withContext != nil || !parser.tokens.isSign(.comma) { break }
        }
        return .importNames(template, names, withContext: withContext ?? false)
    }

    @Sendable private static func macro(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        let name = try parser.nameTarget()
        let (parameters, defaults) = try parser.signature()
        let body = try parser.wholeBody(until: "endmacro")
        return .macro(Macro(name: name, parameters: parameters, defaults: defaults, body: body))
    }

    @Sendable private static func callBlock(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        let (parameters, defaults) = parser.tokens.isSign(.openParenthesis) ? try parser.signature() : ([], [])
        let call = try parser.expression()
        guard case .call = call.kind else {
            throw parser.tokens.error("a call block calls something: {% call name(…) %}", at: token)
        }
        let body = try parser.wholeBody(until: "endcall")
        return .callBlock(Macro(name: nil, parameters: parameters, defaults: defaults, body: body), call: call)
    }

    @Sendable private static func filterBlock(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        guard let filter = try parser.filters(of: token, startsInline: true) else {
            throw parser.tokens.unexpected(wanting: "the name of a filter")
        }
        return .filterBlock(filter, body: try parser.wholeBody(until: "endfilter"))
    }

    @Sendable private static func print(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        var parts: [OutputPart] = []
        while parser.tokens.current.kind != .blockEnd {
            if !parts.isEmpty { try parser.tokens.expect(.comma) }
            parts.append(.expression(try parser.expression()))
        }
        return .output(parts)
    }

    @Sendable private static func autoescape(_ parser: inout TemplateParser, _ token: Token) throws -> Statement.Kind {
        let value = try parser.expression()
        guard case .literal(.bool(true)) = value.kind else {
            throw parser.tokens.error(
                "escaping cannot be switched off; say of each value that is HTML: {{ value|safe }}",
                at: token
            )
        }
        return .scope(try parser.wholeBody(until: "endautoescape"))
    }
}

extension TemplateParser {
    /// `with context` or `without context`, if one of them stands here.
    mutating func contextWords() -> Bool? {
        guard tokens.next.kind == .name("context"), tokens.isName("with") || tokens.isName("without") else {
            return nil
        }
        let isWith = tokens.isName("with")
        tokens.advance()
        tokens.advance()
        return isWith
    }

    /// The parameters of a macro or of a call block, in parentheses.
    mutating func signature() throws -> (parameters: [String], defaults: [Expression]) {
        try tokens.expect(.openParenthesis)
        var (parameters, defaults): ([String], [Expression]) = ([], [])
        while !tokens.isSign(.closeParenthesis) {
            if !parameters.isEmpty { try tokens.expect(.comma) }
            let token = tokens.current
            let name = try nameTarget()
            guard !parameters.contains(name) else {
                throw tokens.error("the parameter '\(name)' is there twice", at: token)
            }
            if tokens.skips(.assign) {
                defaults.append(try expression())
            } else if !defaults.isEmpty {
                throw tokens.error("'\(name)' has no default, but stands behind a parameter that has one", at: token)
            }
            parameters.append(name)
        }
        try tokens.expect(.closeParenthesis)
        return (parameters, defaults)
    }
}
