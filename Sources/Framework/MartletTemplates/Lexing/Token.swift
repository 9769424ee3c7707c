/// A word of the template language, and where it stands.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        /// Text outside of tags.
        case data(String)
        case blockBegin, blockEnd, variableBegin, variableEnd
        case name(String)
        case string(String)
        case integer(Int)
        case float(Double)
        case sign(Sign)
        case end
    }

    enum Sign: String, Sendable, CaseIterable {
        case add = "+"
        case subtract = "-"
        case divide = "/"
        case floorDivide = "//"
        case multiply = "*"
        case modulo = "%"
        case power = "**"
        case tilde = "~"
        case openBracket = "["
        case closeBracket = "]"
        case openParenthesis = "("
        case closeParenthesis = ")"
        case openBrace = "{"
        case closeBrace = "}"
        case equal = "=="
        case notEqual = "!="
        case greater = ">"
        case greaterOrEqual = ">="
        case less = "<"
        case lessOrEqual = "<="
        case assign = "="
        case dot = "."
        case colon = ":"
        case pipe = "|"
        case comma = ","
        case semicolon = ";"
    }

    let kind: Kind
    let line: Int
    let column: Int

    /// What a message calls it.
    var description: String {
        switch kind {
        case .data: "text"
        case .blockBegin: "{%"
        case .blockEnd: "%}"
        case .variableBegin: "{{"
        case .variableEnd: "}}"
        case .name(let name): name
        case .string: "a string"
        case .integer(let number): "\(number)"
        case .float(let number): FloatText.repr(number)
        case .sign(let sign): sign.rawValue
        case .end: "the end of the template"
        }
    }
}
