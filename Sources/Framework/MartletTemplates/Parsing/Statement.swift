/// A tag with what belongs to it, or a stretch of text.
struct Statement: Sendable {
    indirect enum Kind: Sendable {
        case output([OutputPart])
        case loop(Loop)
        case condition([(test: Expression, body: [Statement])], otherwise: [Statement])
        case assignment(Target, Expression)
        /// `{% set name | filter %}…{% endset %}`
        case blockAssignment(Target, filter: Expression?, body: [Statement])
        case macro(Macro)
        case callBlock(Macro, call: Expression)
        case filterBlock(Expression, body: [Statement])
        case with([(target: Target, value: Expression)], body: [Statement])
        /// A scope without anything else: `{% autoescape true %}`.
        case scope([Statement])
        case block(Block)
        case extends(Expression)
        case include(Include)
        case importModule(Expression, name: String, withContext: Bool)
        case importNames(Expression, [(name: String, alias: String)], withContext: Bool)
        /// `{% do expression %}`
        case evaluation(Expression)
        case leaveLoop
        case nextRound
    }

    let kind: Kind
    let line: Int
    let column: Int
}

enum OutputPart: Sendable {
    case text(String)
    case expression(Expression)
}

/// What a value is given to.
indirect enum Target: Sendable {
    case name(String)
    case tuple([Target])
    case namespace(String, attribute: String)

    var names: [String] {
        switch self {
        case .name(let name): [name]
        case .tuple(let targets): targets.flatMap(\.names)
        case .namespace: []
        }
    }
}

struct Loop: Sendable {
    let target: Target
    let iterable: Expression
    let test: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
}

/// A macro, or the body of a call block, which has no name.
struct Macro: Sendable {
    let name: String?
    let parameters: [String]
    /// Of the last parameters.
    let defaults: [Expression]
    let body: [Statement]
}

struct Block: Sendable {
    let name: String
    let isScoped: Bool
    let isRequired: Bool
    let body: [Statement]
}

struct Include: Sendable {
    let template: Expression
    let ignoresMissing: Bool
    let withContext: Bool
}
