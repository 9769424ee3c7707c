extension TemplateCompiler {
    /// Tags that lead to other templates, and blocks. Nothing where the tag does nothing.
    func templateTag(_ statement: Statement, _ context: CodeContext) throws -> (any StatementNode)? {
        let place = place(statement)
        switch statement.kind {
        case .block(let block): return compile(block, context, at: place)
        case .extends(let name): return try extends(name, context, at: place)
        case .include(let include):
            return IncludeNode(
                try reference(include.template, context),
                ignoresMissing: include.ignoresMissing,
                locals: include.withContext ? context.locals() : nil
            )
        case .importModule(let template, let name, let withContext):
            return ImportNode(
                try reference(template, context),
                .module(context.place(of: name)),
                locals: withContext ? context.locals() : nil,
                published: imported([name], context)
            )
        case .importNames(let template, let names, let withContext):
            return ImportNode(
                try reference(template, context),
                .names(names.map { ($0.name, context.place(of: $0.alias)) }),
                locals: withContext ? context.locals() : nil,
                published: imported(names.map(\.alias), context)
            )
        default: return nil
        }
    }

    private func reference(_ expression: Expression, _ context: CodeContext) throws -> TemplateReference {
        TemplateReference(
            expression: try expressions.compile(expression, context),
            place: expressions.place(expression)
        )
    }

    private func imported(_ names: [String], _ context: CodeContext) -> [PublishedVariable] {
        published(.tuple(names.map { .name($0) }), context).map { variable in
            PublishedVariable(name: variable.name, index: variable.index, isExported: false)
        }
    }

    private func compile(_ block: Block, _ context: CodeContext, at place: Place) -> (any StatementNode)? {
        if context.isTopLevel, isKnownToExtend { return nil }
        let node = BlockNode(
            block.name,
            isRequired: block.isRequired,
            locals: block.isScoped ? context.locals() : nil,
            at: place
        )
        return context.isTopLevel && extendsCount > 0 ? UnextendedNode(Body(statements: [node])) : node
    }

    private func extends(_ name: Expression, _ context: CodeContext, at place: Place) throws -> any StatementNode {
        guard context.isTopLevel else {
            throw place.error(
                "a template extends another at its top level, not within a loop, a block or a macro",
                kind: .syntax
            )
        }
        let node = ExtendsNode(try reference(name, context))
        if context.isRootLevel { isKnownToExtend = true }
        extendsCount += 1
        return node
    }
}
