/// Finds out, in the order in which they are written, which names a part of a template reads and assigns. It stops where a
/// scope of its own begins.
struct ScopeAnalysis {
    let scope: Scope

    func visit(_ statements: [Statement]) {
        for statement in statements { visit(statement) }
    }

    func read(_ expression: Expression) {
        expression.forEachName(scope.load)
    }

    func store(_ target: Target) {
        switch target {
        case .name(let name): scope.store(name)
        case .tuple(let targets): for target in targets { store(target) }
        case .namespace(let name, _): scope.load(name)
        }
    }

    private func visit(_ statement: Statement) {
        switch statement.kind {
        case .output(let parts):
            for case .expression(let expression) in parts { read(expression) }
        case .loop(let loop): read(loop.iterable)
        case .condition(let branches, let otherwise): visit(branches, otherwise)
        case .assignment(let target, let value):
            read(value)
            store(target)
        case .blockAssignment(let target, _, _): store(target)
        case .macro(let macro): if let name = macro.name { scope.store(name) }
        case .callBlock(_, let call): read(call)
        case .filterBlock(let filter, _): read(filter)
        case .with(let assignments, _): for assignment in assignments { read(assignment.value) }
        case .scope, .block, .leaveLoop, .nextRound: break
        case .extends(let template): read(template)
        case .include(let include): read(include.template)
        case .importModule(let template, let name, _):
            read(template)
            scope.store(name)
        case .importNames(let template, let names, _):
            read(template)
            for name in names { scope.store(name.alias) }
        case .evaluation(let expression): read(expression)
        }
    }

    /// All `elif` branches count as one, as in Jinja.
    private func visit(_ branches: [(test: Expression, body: [Statement])], _ otherwise: [Statement]) {
        guard let first = branches.first else { return }
        read(first.test)
        scope.merge(branches: [
            { ScopeAnalysis(scope: $0).visit(first.body) },
            { copy in
                // Jinja has each `elif` as a condition of its own within the branch.
                for branch in branches.dropFirst() {
                    ScopeAnalysis(scope: copy).visit([branch], [])
                }
            },
            { ScopeAnalysis(scope: $0).visit(otherwise) },
        ])
    }
}
