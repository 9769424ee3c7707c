/// Reads what operators connect: literals, names, what stands in parentheses; and behind it attributes, elements, calls,
/// filters and tests.
struct PrimaryParser {
    var expressions: ExpressionParser

    init(_ tokens: TokenStream, nesting: Int) { expressions = ExpressionParser(tokens, nesting: nesting) }

    private var tokens: TokenStream {
        get { expressions.tokens }
        _modify { yield &expressions.tokens }
    }

    mutating func primary() throws -> Expression {
        let token = tokens.current
        switch token.kind {
        case .name(let name):
            tokens.advance()
            switch name {
            case "true", "True": return try make(.literal(.bool(true)), at: token)
            case "false", "False": return try make(.literal(.bool(false)), at: token)
            case "none", "None": return try make(.literal(.none), at: token)
            default: return try make(.name(name), at: token)
            }
        case .string(var text):
            tokens.advance()
            while case .string(let more) = tokens.current.kind {
                text += more
                tokens.advance()
            }
            return try make(.literal(.string(text)), at: token)
        case .integer(let number):
            tokens.advance()
            return try make(.literal(.int(number)), at: token)
        case .float(let number):
            tokens.advance()
            return try make(.literal(.double(number)), at: token)
        case .sign(.openParenthesis):
            tokens.advance()
            let value = try tuple(inParentheses: true)
            try tokens.expect(.closeParenthesis)
            return value
        case .sign(.openBracket): return try list()
        case .sign(.openBrace): return try dictionary()
        default: throw tokens.error("unexpected '\(token.description)', where an expression should be")
        }
    }

    private func make(_ kind: Expression.Kind, at token: Token) throws -> Expression {
        try expressions.make(kind, at: token)
    }

    /// One expression, or several with commas between them.
    ///
    /// - Parameter endWord: a name that ends the tuple, besides `)`, `%}` and `}}`.
    mutating func tuple(
        inParentheses: Bool = false,
        withCondition: Bool = true,
        endWord: String? = nil
    ) throws -> Expression {
        let token = tokens.current
        var (elements, isTuple) = ([Expression](), false)
        while true {
            if !elements.isEmpty { try tokens.expect(.comma) }
            if isTupleEnd(endWord) { break }
            elements.append(try expressions.parse(withCondition: withCondition))
            guard tokens.isSign(.comma) else { break }
            isTuple = true
        }
        if !isTuple {
            if let only = elements.first { return only }
            if !inParentheses { throw tokens.error("expected an expression, got '\(tokens.current.description)'") }
        }
        return try make(.tuple(elements), at: token)
    }

    private func isTupleEnd(_ endWord: String?) -> Bool {
        switch tokens.current.kind {
        case .variableEnd, .blockEnd, .sign(.closeParenthesis): true
        default: endWord.map(tokens.isName) ?? false
        }
    }

    private mutating func list() throws -> Expression {
        let token = tokens.take()
        var elements: [Expression] = []
        while !tokens.isSign(.closeBracket) {
            if !elements.isEmpty { try tokens.expect(.comma) }
            if tokens.isSign(.closeBracket) { break }
            elements.append(try expressions.parse())
        }
        try tokens.expect(.closeBracket)
        return try make(.list(elements), at: token)
    }

    private mutating func dictionary() throws -> Expression {
        let token = tokens.take()
        var entries: [(key: Expression, value: Expression)] = []
        while !tokens.isSign(.closeBrace) {
            if !entries.isEmpty { try tokens.expect(.comma) }
            if tokens.isSign(.closeBrace) { break }
            let key = try expressions.parse()
            try tokens.expect(.colon)
            entries.append((key, try expressions.parse()))
        }
        try tokens.expect(.closeBrace)
        return try make(.dictionary(entries), at: token)
    }

    mutating func postfix(of value: Expression) throws -> Expression {
        var value = value
        while true {
            switch tokens.current.kind {
            case .sign(.dot): value = try attribute(of: value)
            case .sign(.openBracket): value = try element(of: value)
            case .sign(.openParenthesis): value = try call(value)
            default: return value
            }
        }
    }

    private mutating func call(_ value: Expression) throws -> Expression {
        let token = tokens.current
        return try make(.call(value, try arguments()), at: token)
    }

    private mutating func attribute(of value: Expression) throws -> Expression {
        tokens.advance()
        let token = tokens.take()
        switch token.kind {
        case .name(let name): return try make(.attribute(value, name), at: token)
        case .integer(let number):
            return try make(.element(value, try make(.literal(.int(number)), at: token)), at: token)
        default: throw tokens.error("expected a name or a number behind the dot, got '\(token.description)'", at: token)
        }
    }

    private mutating func element(of value: Expression) throws -> Expression {
        let token = tokens.take()
        var (keys, slice): ([Expression], Expression?) = ([], nil)
        while !tokens.isSign(.closeBracket) {
            if !keys.isEmpty || slice != nil { try tokens.expect(.comma) }
            if slice != nil { throw tokens.error("a slice stands alone in its brackets") }
            let start = tokens.isSign(.colon) ? nil : try expressions.parse()
            if tokens.skips(.colon) {
                guard keys.isEmpty else { throw tokens.error("a slice stands alone in its brackets") }
                slice = try self.slice(of: value, start: start, at: token)
            } else if let start {
                keys.append(start)
            }
        }
        try tokens.expect(.closeBracket)
        if let slice { return slice }
        let key = keys.count == 1 ? keys[0] : try make(.tuple(keys), at: token)
        return try make(.element(value, key), at: token)
    }

    private mutating func slice(of value: Expression, start: Expression?, at token: Token) throws -> Expression {
        func isEnd(_ tokens: TokenStream) -> Bool { tokens.isSign(.closeBracket) || tokens.isSign(.comma) }
        let stop = tokens.isSign(.colon) || isEnd(tokens) ? nil : try expressions.parse()
        var step: Expression?
        if tokens.skips(.colon), !isEnd(tokens) { step = try expressions.parse() }
        return try make(.slice(value, start: start, stop: stop, step: step), at: token)
    }

    mutating func arguments() throws -> Expression.Arguments {
        try tokens.expect(.openParenthesis)
        var (arguments, needsComma) = (Expression.Arguments(), false)
        while !tokens.isSign(.closeParenthesis) {
            if needsComma {
                try tokens.expect(.comma)
                if tokens.isSign(.closeParenthesis) { break }
            }
            try argument(&arguments)
            needsComma = true
        }
        try tokens.expect(.closeParenthesis)
        return arguments
    }

    private mutating func argument(_ arguments: inout Expression.Arguments) throws {
        let token = tokens.current
        let isAfterDictionary = arguments.dictionary != nil
        if tokens.skips(.multiply) {
            guard arguments.list == nil, !isAfterDictionary else { throw misplaced(token) }
            arguments.list = try expressions.parse()
        } else if tokens.skips(.power) {
            guard !isAfterDictionary else { throw misplaced(token) }
            arguments.dictionary = try expressions.parse()
        } else if case .name(let name) = token.kind, tokens.next.kind == .sign(.assign) {
            guard !isAfterDictionary else { throw misplaced(token) }
            tokens.advance()
            tokens.advance()
            guard !arguments.keywords.contains(where: { $0.name == name }) else {
                throw tokens.error("the argument '\(name)' is given twice", at: token)
            }
            arguments.keywords.append((name, try expressions.parse()))
        } else {
            guard arguments.list == nil, !isAfterDictionary, arguments.keywords.isEmpty else { throw misplaced(token) }
            arguments.positional.append(try expressions.parse())
        }
    }

    private func misplaced(_ token: Token) -> TemplateError {
        tokens.error("arguments are given in this order: values, names with '=', then '*' and '**'", at: token)
    }

    mutating func filtersAndTests(of value: Expression) throws -> Expression {
        var value = value
        while true {
            switch tokens.current.kind {
            case .sign(.pipe):
                tokens.advance()
                value = try filter(of: value)
            case .name("is"): value = try test(of: value)
            case .sign(.openParenthesis): value = try call(value)
            default: return value
            }
        }
    }

    /// The name of a filter with its arguments.
    mutating func filter(of value: Expression) throws -> Expression {
        let token = tokens.current
        let name = try dottedName("the name of a filter")
        let arguments = tokens.isSign(.openParenthesis) ? try arguments() : Expression.Arguments()
        return try make(.filter(value, name, arguments), at: token)
    }

    private mutating func dottedName(_ what: String) throws -> String {
        var name = try tokens.expectName(what)
        while tokens.skips(.dot) { name += "." + (try tokens.expectName(what)) }
        return name
    }

    private mutating func test(of value: Expression) throws -> Expression {
        let token = tokens.take()
        let isNegated = tokens.skips("not")
        let name = try dottedName("the name of a test")
        var arguments = Expression.Arguments()
        switch tokens.current.kind {
        case .sign(.openParenthesis): arguments = try self.arguments()
        case .name("else"), .name("or"), .name("and"): break
        case .name("is"): throw tokens.error("you cannot chain several tests with 'is'; write 'and' between them")
        case .name, .string, .integer, .float, .sign(.openBracket), .sign(.openBrace):
            arguments.positional = [try postfix(of: try primary())]
        default: break
        }
        let test = try make(.test(value, name, arguments), at: token)
        return isNegated ? try make(.not(test), at: token) : test
    }
}
