/// Makes a template ready to run: decides where each variable is kept and which functions the filters are.
final class TemplateCompiler {
    let source: TemplateSource
    let expressions: ExpressionCompiler
    /// Set once a tag at the root has said what the template extends: what stands behind it outside of blocks is not written.
    var isKnownToExtend = false
    var extendsCount = 0

    private init(_ source: TemplateSource, _ tables: TemplateTables) {
        self.source = source
        expressions = ExpressionCompiler(source: source, tables: tables)
    }

    /// - Throws: ``TemplateError``.
    static func compile(_ source: TemplateSource, options: TemplateOptions, tables: TemplateTables) throws
        -> CompiledTemplate
    {
        let statements = try TemplateParser.statements(of: source, options: options)
        return try TemplateCompiler(source, tables).template(statements)
    }

    func place(_ statement: Statement) -> Place {
        Place(source: source, line: statement.line, column: statement.column)
    }

    private func template(_ statements: [Statement]) throws -> CompiledTemplate {
        let blocks = SyntaxSearch.blocks(in: statements)
        var seen: [String: Statement] = [:]
        for (block, statement) in blocks {
            if let first = seen[block.name] {
                throw place(statement).error(
                    "the block '\(block.name)' is there twice, first on line \(first.line)",
                    kind: .syntax
                )
            }
            seen[block.name] = statement
        }
        let layout = FunctionLayout(within: nil)
        var context = CodeContext(scope: Scope(within: nil, function: layout))
        let readsSelf = SyntaxSearch.undeclared(["self"], in: statements).contains("self")
        let selfIndex = readsSelf ? context.scope.declareParameter("self").index : nil
        ScopeAnalysis(scope: context.scope).visit(statements)
        context.isTopLevel = true
        context.isRootLevel = true
        context.checksOutput = SyntaxSearch.extends(statements)
        let body = try compile(statements, context)
        return CompiledTemplate(
            source: source,
            entry: context.entry(),
            body: body,
            blocks: Dictionary(
                try blocks.map { ($0.block.name, try program($0.block, at: place($0.statement))) },
                uniquingKeysWith: { first, _ in first }
            ),
            slotCount: layout.count,
            selfIndex: selfIndex
        )
    }

    private func program(_ block: Block, at place: Place) throws -> BlockProgram {
        let layout = FunctionLayout(within: nil)
        let context = CodeContext(scope: Scope(within: nil, function: layout))
        let read = SyntaxSearch.undeclared(["self", "super"], in: block.body)
        let selfIndex = read.contains("self") ? context.scope.declareParameter("self").index : nil
        let superIndex = read.contains("super") ? context.scope.declareParameter("super").index : nil
        ScopeAnalysis(scope: context.scope).visit(block.body)
        let body = try compile(block.body, context)
        return BlockProgram(
            name: block.name,
            entry: context.entry(),
            body: body,
            slotCount: layout.count,
            selfIndex: selfIndex,
            superIndex: superIndex,
            at: place
        )
    }

    func compile(_ statements: [Statement], _ context: CodeContext) throws -> Body {
        var nodes: [any StatementNode] = []
        for statement in statements {
            let place = place(statement)
            switch statement.kind {
            case .output(let parts): nodes += try output(parts, context, at: place)
            case .loop(let loop): nodes.append(try compile(loop, context, at: place))
            case .condition(let branches, let otherwise):
                let soft = context.soft()
                let compiled = try branches.map {
                    (test: try expressions.compile($0.test, soft), body: try compile($0.body, soft))
                }
                nodes.append(ConditionNode(compiled, otherwise: try compile(otherwise, soft)))
            case .assignment(let target, let value):
                let published = published(target, context)
                let value = try expressions.compile(value, context)
                nodes.append(AssignmentNode(compile(target, context), value, published: published, at: place))
            case .blockAssignment(let target, let filter, let body):
                nodes.append(try blockAssignment(target, filter, body, context, at: place))
            case .filterBlock(let filter, let body): nodes.append(try filterBlock(filter, body, context, at: place))
            case .with(let assignments, let body): nodes.append(try with(assignments, body, context, at: place))
            case .scope(let body): nodes.append(try with([], body, context, at: place))
            case .macro(let macro):
                let program = try compile(macro, context, at: place)
                let name = macro.name ?? ""
                nodes.append(
                    MacroNode(context.place(of: name), program, published: published(.name(name), context).first)
                )
            case .callBlock(let macro, let call):
                let program = try compile(macro, context, at: place)
                nodes.append(CallBlockNode(try expressions.compile(call, context), program, at: place))
            case .evaluation(let value): nodes.append(EvaluationNode(try expressions.compile(value, context)))
            case .leaveLoop: nodes.append(FlowNode(.leaveLoop))
            case .nextRound: nodes.append(FlowNode(.nextRound))
            case .block, .extends, .include, .importModule, .importNames:
                if let node = try templateTag(statement, context) { nodes.append(node) }
            }
        }
        return Body(statements: nodes)
    }

    /// Text and values. Constants are escaped here, once.
    private func output(_ parts: [OutputPart], _ context: CodeContext, at place: Place) throws -> [any StatementNode] {
        if context.checksOutput, isKnownToExtend { return [] }
        var nodes: [any StatementNode] = []
        var text = ""
        func flush() {
            if !text.isEmpty { nodes.append(TextNode(text, at: place)) }
            text = ""
        }
        for part in parts {
            switch part {
            case .text(let more): text += more
            case .expression(let expression):
                let node = try expressions.compile(expression, context)
                if let constant = node as? ConstantNode {
                    text += HTMLEscaping.escaped(constant.value)
                } else {
                    flush()
                    nodes.append(PrintNode(node, at: expressions.place(expression)))
                }
            }
        }
        flush()
        return context.checksOutput ? [UnextendedNode(Body(statements: nodes))] : nodes
    }

    func compile(_ target: Target, _ context: CodeContext) -> TargetPlace {
        switch target {
        case .name(let name): .variable(context.place(of: name))
        case .tuple(let targets): .tuple(targets.map { compile($0, context) })
        case .namespace(let name, let attribute):
            .namespace(VariableNode(context.place(of: name), name: name), attribute: attribute)
        }
    }

    func published(_ target: Target, _ context: CodeContext) -> [PublishedVariable] {
        guard context.isTopLevel else { return [] }
        return target.names.map { PublishedVariable(name: $0, index: context.place(of: $0).index) }
    }
}
