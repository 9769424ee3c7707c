/// An expression as it is written.
struct Expression: Sendable {
    indirect enum Kind: Sendable {
        case literal(TemplateValue)
        case name(String)
        case list([Expression])
        case tuple([Expression])
        case dictionary([(key: Expression, value: Expression)])
        case attribute(Expression, String)
        case element(Expression, Expression)
        case slice(Expression, start: Expression?, stop: Expression?, step: Expression?)
        case call(Expression, Arguments)
        case filter(Expression, String, Arguments)
        case test(Expression, String, Arguments)
        case not(Expression)
        case negative(Expression)
        case positive(Expression)
        case arithmetic(Arithmetic.Operator, Expression, Expression)
        case concatenation([Expression])
        case and(Expression, Expression)
        case or(Expression, Expression)
        case comparison(Expression, [(sign: ComparisonSign, operand: Expression)])
        case condition(test: Expression, then: Expression, otherwise: Expression?)
        /// What a filter block or a block that is set holds.
        case body
    }

    struct Arguments: Sendable {
        var positional: [Expression] = []
        var keywords: [(name: String, value: Expression)] = []
        /// `*list`
        var list: Expression?
        /// `**dictionary`
        var dictionary: Expression?

        var all: [Expression] {
            positional + keywords.map(\.value) + [list, dictionary].compactMap(\.self)
        }
    }

    let kind: Kind
    let line: Int
    let column: Int
    /// How many expressions lie within each other here.
    let depth: Int

    init(_ kind: Kind, at token: Token) {
        self.kind = kind
        line = token.line
        column = token.column
        depth = 1 + (kind.parts.lazy.map(\.depth).max() ?? 0)
    }
}

enum ComparisonSign: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "not in"
}

extension Expression.Kind {
    /// The expressions directly within, in the order in which they are written.
    var parts: [Expression] {
        switch self {
        case .literal, .name, .body: []
        case .list(let elements), .tuple(let elements), .concatenation(let elements): elements
        case .dictionary(let entries): entries.flatMap { [$0.key, $0.value] }
        case .attribute(let value, _), .not(let value), .negative(let value), .positive(let value): [value]
        case .element(let value, let key): [value, key]
        case .slice(let value, let start, let stop, let step): [value] + [start, stop, step].compactMap(\.self)
        case .call(let value, let arguments), .filter(let value, _, let arguments), .test(let value, _, let arguments):
            [value] + arguments.all
        case .arithmetic(_, let first, let second), .and(let first, let second), .or(let first, let second):
            [first, second]
        case .comparison(let first, let others): [first] + others.map(\.operand)
        case .condition(let test, let then, let otherwise): [test, then] + [otherwise].compactMap(\.self)
        }
    }
}

extension Expression {
    /// Every name that is read, in order.
    func forEachName(_ body: (String) -> Void) {
        if case .name(let name) = kind { body(name) }
        for part in kind.parts { part.forEachName(body) }
    }
}
