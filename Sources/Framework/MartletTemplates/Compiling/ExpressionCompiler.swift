/// Makes nodes of expressions.
struct ExpressionCompiler {
    let source: TemplateSource
    let tables: TemplateTables

    func place(_ expression: Expression) -> Place {
        Place(source: source, line: expression.line, column: expression.column)
    }

    func compile(_ expression: Expression, _ context: CodeContext) throws -> any ExpressionNode {
        let place = place(expression)
        switch expression.kind {
        case .literal(let value): return ConstantNode(value)
        case .name(let name): return VariableNode(context.place(of: name), name: name)
        case .body:
            return context.bodyText.map { BodyTextNode($0) } ?? ConstantNode(.undefined)
        case .list(let elements): return CollectionNode(.list, try compile(elements, context), at: place)
        case .tuple(let elements): return CollectionNode(.tuple, try compile(elements, context), at: place)
        case .dictionary(let entries):
            return CollectionNode(.dictionary, try compile(entries.flatMap { [$0.key, $0.value] }, context), at: place)
        case .attribute(let value, let name):
            let node = try compile(value, context)
            if let variable = node as? VariableNode, variable.name == "loop",
                let attribute = LoopContext.Attribute(rawValue: name)
            {
                return LoopAttributeNode(variable, attribute, at: place)
            }
            return AttributeNode(node, name, at: place)
        case .element(let value, let key):
            return ElementNode(try compile(value, context), try compile(key, context), at: place)
        case .slice(let value, let start, let stop, let step):
            let bounds = try [start, stop, step].map { try $0.map { try compile($0, context) } }
            return SliceNode(try compile(value, context), bounds, at: place)
        case .call(let value, let arguments): return try call(value, arguments, context, at: place)
        case .filter(let value, let name, let arguments): return try filter(value, name, arguments, context, at: place)
        case .test(let value, let name, let arguments): return try test(value, name, arguments, context, at: place)
        default: return try compileOperator(expression, context, at: place)
        }
    }

    private func compileOperator(
        _ expression: Expression,
        _ context: CodeContext,
        at place: Place
    ) throws -> any ExpressionNode {
        switch expression.kind {
        case .not(let value): return NotNode(try compile(value, context))
        case .negative(let value): return SignNode(isNegative: true, try compile(value, context), at: place)
        case .positive(let value): return SignNode(isNegative: false, try compile(value, context), at: place)
        case .arithmetic(let sign, let first, let second):
            return ArithmeticNode(sign, try compile(first, context), try compile(second, context), at: place)
        case .concatenation(let parts): return ConcatenationNode(try compile(parts, context), at: place)
        case .and(let first, let second):
            return LogicNode(isAnd: true, try compile(first, context), try compile(second, context))
        case .or(let first, let second):
            return LogicNode(isAnd: false, try compile(first, context), try compile(second, context))
        case .comparison(let first, let others):
            let operands = try others.map { (sign: $0.sign, operand: try compile($0.operand, context)) }
            return ComparisonNode(try compile(first, context), operands, at: place)
        case .condition(let test, let then, let otherwise):
            let soft = context.soft()
            return ConditionalNode(
                try compile(test, soft),
                then: try compile(then, soft),
                otherwise: try otherwise.map { try compile($0, soft) },
                at: place
            )
        default: return ConstantNode(.undefined)
        }
    }

    private func compile(_ expressions: [Expression], _ context: CodeContext) throws -> [any ExpressionNode] {
        try expressions.map { try compile($0, context) }
    }

    private func arguments(_ arguments: Expression.Arguments, _ context: CodeContext) throws -> ArgumentNodes {
        ArgumentNodes(
            positional: try compile(arguments.positional, context),
            keywords: try arguments.keywords.map { ($0.name, try compile($0.value, context)) },
            list: try arguments.list.map { try compile($0, context) },
            dictionary: try arguments.dictionary.map { try compile($0, context) }
        )
    }

    private func call(
        _ value: Expression,
        _ arguments: Expression.Arguments,
        _ context: CodeContext,
        at place: Place
    ) throws -> any ExpressionNode {
        if case .attribute(let object, let name) = value.kind {
            return MethodCallNode(
                try compile(object, context),
                name,
                try self.arguments(arguments, context),
                at: self.place(value)
            )
        }
        return CallNode(try compile(value, context), try self.arguments(arguments, context), at: self.place(value))
    }

    private func filter(
        _ value: Expression,
        _ name: String,
        _ arguments: Expression.Arguments,
        _ context: CodeContext,
        at place: Place
    ) throws -> any ExpressionNode {
        guard let filter = tables.filters[name] else {
            let hint = Suggestion.text(for: name, among: tables.filters.keys)
            return try unknown("there is no filter '\(name)'\(hint)", .unknownFilter, context, at: place)
        }
        return FilterNode(name, filter, try compile(value, context), try self.arguments(arguments, context), at: place)
    }

    private func test(
        _ value: Expression,
        _ name: String,
        _ arguments: Expression.Arguments,
        _ context: CodeContext,
        at place: Place
    ) throws -> any ExpressionNode {
        guard let test = tables.tests[name] else {
            let hint = Suggestion.text(for: name, among: tables.tests.keys)
            return try unknown("there is no test '\(name)'\(hint)", .unknownTest, context, at: place)
        }
        let filter: FilterTable.Filter = { .bool(try test($0, $1, $2)) }
        return FilterNode(name, filter, try compile(value, context), try self.arguments(arguments, context), at: place)
    }

    private func unknown(
        _ message: String,
        _ kind: TemplateError.Kind,
        _ context: CodeContext,
        at place: Place
    ) throws -> any ExpressionNode {
        let error = place.error(message, kind: kind)
        guard context.isSoft else { throw error }
        return UnknownNode(error)
    }
}
