extension TemplateCompiler {
    func compile(_ loop: Loop, _ context: CodeContext, at place: Place) throws -> any StatementNode {
        if let assignment = SyntaxSearch.assignment(to: "loop", in: loop.body + loop.otherwise) {
            throw self.place(assignment).error("'loop' is the loop itself and cannot be set in it", kind: .syntax)
        }
        let layout = loop.isRecursive ? FunctionLayout(within: context.scope.function) : nil
        let inner = context.inner(function: layout)
        let usesLoop =
            loop.isRecursive || SyntaxSearch.undeclared(["loop"], in: loop.body).contains("loop")
            || SyntaxSearch.blocks(in: loop.body).contains { $0.block.isScoped }
        if usesLoop { inner.scope.declareParameter("loop") }
        declare(loop.target, in: inner.scope)
        ScopeAnalysis(scope: inner.scope).visit(loop.body)

        let test = try loop.test.map { expression in
            let scope = context.inner(function: layout)
            declare(loop.target, in: scope.scope)
            ScopeAnalysis(scope: scope.scope).read(expression)
            let node = try expressions.compile(expression, scope)
            return (entry: scope.entry(), target: compile(loop.target, scope), expression: node)
        }
        let target = compile(loop.target, inner)
        let body = try compile(loop.body, inner)
        var otherwise: (entry: ScopeEntry, body: Body)?
        if !loop.otherwise.isEmpty {
            let scope = context.inner(function: layout)
            ScopeAnalysis(scope: scope.scope).visit(loop.otherwise)
            let body = try compile(loop.otherwise, scope)
            otherwise = (scope.entry(), body)
        }
        // What is looked up and never assigned is the same in every round.
        let stored = inner.scope.stored
        func isConstant(_ name: String?, _ start: Scope.Start) -> Bool {
            guard case .resolve = start, let name else { return false }
            return !stored.contains(name)
        }
        let program = LoopProgram(
            target: target,
            test: test,
            entry: inner.entry(where: isConstant),
            roundEntry: inner.entry { !isConstant($0, $1) },
            body: body,
            otherwise: otherwise,
            loop: usesLoop ? inner.place(of: "loop") : nil,
            at: Place(source: source, line: loop.iterable.line, column: loop.iterable.column)
        )
        let iterable = try expressions.compile(loop.iterable, context)
        if let layout { return RecursiveLoopNode(iterable, program, slotCount: layout.count) }
        return LoopNode(iterable, program)
    }

    private func declare(_ target: Target, in scope: Scope) {
        for name in target.names { scope.declareParameter(name) }
    }

    func compile(_ macro: Macro, _ context: CodeContext, at place: Place) throws -> MacroProgram {
        let layout = FunctionLayout(within: context.scope.function)
        var inner = context.inner(function: layout)
        inner.checksOutput = false
        let scope = inner.scope
        let analysis = ScopeAnalysis(scope: scope)
        func analyse() {
            for name in macro.parameters { scope.declareParameter(name) }
            for value in macro.defaults { analysis.read(value) }
            analysis.visit(macro.body)
        }
        analyse()
        let special = SyntaxSearch.undeclared(["caller", "kwargs", "varargs"], in: macro.body)
        func slot(of name: String) -> Int? {
            guard special.contains(name), !macro.parameters.contains(name) else { return nil }
            return scope.declareParameter(name).index
        }
        let required = macro.parameters.count - macro.defaults.count
        if special.contains("caller"), let position = macro.parameters.firstIndex(of: "caller"), position < required {
            throw place.error("the parameter 'caller' needs a default: it is given by call blocks only", kind: .syntax)
        }
        let (caller, keywords, rest) = (slot(of: "caller"), slot(of: "kwargs"), slot(of: "varargs"))
        analyse()
        let parameters = try macro.parameters.enumerated().map { position, name in
            MacroProgram.Parameter(
                name: name,
                index: inner.place(of: name).index,
                defaultValue: position < required
                    ? nil : try expressions.compile(macro.defaults[position - required], inner)
            )
        }
        let body = try compile(macro.body, inner)
        return MacroProgram(
            name: macro.name,
            parameters: parameters,
            caller: caller,
            keywords: keywords,
            rest: rest,
            entry: inner.entry(),
            body: body,
            slotCount: layout.count,
            at: place
        )
    }

    func blockAssignment(
        _ target: Target,
        _ filter: Expression?,
        _ statements: [Statement],
        _ context: CodeContext,
        at place: Place
    ) throws -> any StatementNode {
        let published = published(target, context)
        var inner = context.inner()
        // The text is kept, so that a template that extends another can make it too.
        inner.checksOutput = false
        let text = VariablePlace(hops: 0, index: context.scope.function.newSlot().index)
        inner.bodyText = text
        ScopeAnalysis(scope: inner.scope).visit(statements)
        if let filter { ScopeAnalysis(scope: inner.scope).read(filter) }
        let body = try compile(statements, inner)
        let node = try filter.map { try expressions.compile($0, inner) }
        return BlockAssignmentNode(
            compile(target, context),
            inner.entry(),
            body,
            text: text,
            filter: node,
            published: published,
            at: place
        )
    }

    func filterBlock(
        _ filter: Expression,
        _ statements: [Statement],
        _ context: CodeContext,
        at place: Place
    ) throws -> any StatementNode {
        var inner = context.inner()
        let text = VariablePlace(hops: 0, index: context.scope.function.newSlot().index)
        inner.bodyText = text
        ScopeAnalysis(scope: inner.scope).visit(statements)
        ScopeAnalysis(scope: inner.scope).read(filter)
        let body = try compile(statements, inner)
        let node = try expressions.compile(filter, inner)
        return FilterBlockNode(inner.entry(), body, text: text, filter: node, at: place)
    }

    func with(
        _ assignments: [(target: Target, value: Expression)],
        _ statements: [Statement],
        _ context: CodeContext,
        at place: Place
    ) throws -> any StatementNode {
        let inner = context.inner()
        for assignment in assignments { declare(assignment.target, in: inner.scope) }
        ScopeAnalysis(scope: inner.scope).visit(statements)
        let compiled = try assignments.map {
            (target: compile($0.target, inner), value: try expressions.compile($0.value, context))
        }
        let body = try compile(statements, inner)
        return WithNode(inner.entry(), compiled, body, at: place)
    }
}
