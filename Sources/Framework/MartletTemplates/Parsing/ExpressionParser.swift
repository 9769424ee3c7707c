/// Reads expressions, with Jinja's precedences: `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`, `**`, signs, filters.
struct ExpressionParser {
    var tokens: TokenStream
    /// How many calls of `parse` are within each other.
    private var nesting = 0

    init(_ tokens: TokenStream) { self.tokens = tokens }

    /// Puts an expression together, unless it is too deep.
    func make(_ kind: Expression.Kind, at token: Token) throws -> Expression {
        let expression = Expression(kind, at: token)
        guard expression.depth <= TokenStream.deepestExpression else { throw tooDeep(token) }
        return expression
    }

    private func tooDeep(_ token: Token) -> TemplateError {
        tokens.error(
            "more than \(TokenStream.deepestExpression) expressions within each other; set parts of it",
            at: token
        )
    }

    /// - Parameter withCondition: whether `a if b else c` may stand here.
    mutating func parse(withCondition: Bool = true) throws -> Expression {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= TokenStream.deepestExpression else { throw tooDeep(tokens.current) }
        try tokens.checkStack()
        return withCondition ? try condition() : try or()
    }

    private mutating func condition() throws -> Expression {
        var token = tokens.current
        var value = try or()
        while tokens.skips("if") {
            let test = try or()
            let otherwise = tokens.skips("else") ? try parse() : nil
            value = try make(.condition(test: test, then: value, otherwise: otherwise), at: token)
            token = tokens.current
        }
        return value
    }

    private mutating func or() throws -> Expression {
        let token = tokens.current
        var left = try and()
        while tokens.skips("or") { left = try make(.or(left, try and()), at: token) }
        return left
    }

    private mutating func and() throws -> Expression {
        let token = tokens.current
        var left = try not()
        while tokens.skips("and") { left = try make(.and(left, try not()), at: token) }
        return left
    }

    private mutating func not() throws -> Expression {
        let token = tokens.current
        var count = 0
        while tokens.skips("not") { count += 1 }
        var value = try comparison()
        for _ in 0..<count { value = try make(.not(value), at: token) }
        return value
    }

    private mutating func comparison() throws -> Expression {
        let token = tokens.current
        let first = try sum()
        var others: [(sign: ComparisonSign, operand: Expression)] = []
        while let sign = comparisonSign() { others.append((sign, try sum())) }
        return others.isEmpty ? first : try make(.comparison(first, others), at: token)
    }

    private mutating func comparisonSign() -> ComparisonSign? {
        switch tokens.current.kind {
        case .sign(let sign):
            guard let found = ComparisonSign(rawValue: sign.rawValue) else { return nil }
            tokens.advance()
            return found
        case .name("in"):
            tokens.advance()
            return .isIn
        case .name("not") where tokens.next.kind == .name("in"):
            tokens.advance()
            tokens.advance()
            return .isNotIn
        default: return nil
        }
    }

    private mutating func sum() throws -> Expression {
        let token = tokens.current
        var left = try concatenation()
        while let sign = arithmeticSign(.add, .subtract) {
            left = try make(.arithmetic(sign, left, try concatenation()), at: token)
        }
        return left
    }

    private mutating func concatenation() throws -> Expression {
        let token = tokens.current
        var parts = [try product()]
        while tokens.skips(.tilde) { parts.append(try product()) }
        return parts.count == 1 ? parts[0] : try make(.concatenation(parts), at: token)
    }

    private mutating func product() throws -> Expression {
        let token = tokens.current
        var left = try power()
        while let sign = arithmeticSign(.multiply, .divide, .floorDivide, .modulo) {
            left = try make(.arithmetic(sign, left, try power()), at: token)
        }
        return left
    }

    /// From the left, as Jinja and unlike Python.
    private mutating func power() throws -> Expression {
        let token = tokens.current
        var left = try signed()
        while tokens.skips(.power) { left = try make(.arithmetic(.power, left, try signed()), at: token) }
        return left
    }

    private mutating func arithmeticSign(_ wanted: Arithmetic.Operator...) -> Arithmetic.Operator? {
        guard case .sign(let sign) = tokens.current.kind,
            let found = wanted.first(where: { $0.rawValue == sign.rawValue })
        else { return nil }
        tokens.advance()
        return found
    }

    /// A filter applies to the number with its sign: `-1|abs` is 1.
    private mutating func signed() throws -> Expression {
        var signs: [Token] = []
        while tokens.isSign(.subtract) || tokens.isSign(.add) { signs.append(tokens.take()) }
        var operand = PrimaryParser(tokens, nesting: nesting)
        var value = try operand.postfix(of: try operand.primary())
        for sign in signs.reversed() {
            value = try make(sign.kind == .sign(.subtract) ? .negative(value) : .positive(value), at: sign)
            value = try operand.postfix(of: value)
        }
        value = try operand.filtersAndTests(of: value)
        tokens = operand.expressions.tokens
        return value
    }

    init(_ tokens: TokenStream, nesting: Int) {
        self.tokens = tokens
        self.nesting = nesting
    }
}
