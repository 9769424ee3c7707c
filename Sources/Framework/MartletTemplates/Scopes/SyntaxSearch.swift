/// Looks through whole parts of a template, whatever scopes they have.
enum SyntaxSearch {
    enum Event {
        case read(String)
        case stored(String)
    }

    /// Which of the names are read before they are assigned. Blocks are functions of their own and are left out.
    static func undeclared(_ names: Set<String>, in statements: [Statement]) -> Set<String> {
        var (left, found) = (names, Set<String>())
        for statement in statements {
            walk(statement) { event in
                switch event {
                case .read(let name): if left.contains(name) { found.insert(name) }
                case .stored(let name): left.remove(name)
                }
            }
        }
        return found
    }

    private static func walk(_ statements: [Statement], _ body: (Event) -> Void) {
        for statement in statements { walk(statement, body) }
    }

    private static func walk(_ expression: Expression, _ body: (Event) -> Void) {
        expression.forEachName { body(.read($0)) }
    }

    private static func walk(_ target: Target, _ body: (Event) -> Void) {
        for name in target.names { body(.stored(name)) }
    }

    private static func walk(_ macro: Macro, _ body: (Event) -> Void) {
        for name in macro.parameters { body(.stored(name)) }
        for value in macro.defaults { walk(value, body) }
        walk(macro.body, body)
    }

    private static func walk(_ statement: Statement, _ body: (Event) -> Void) {
        switch statement.kind {
        case .output(let parts):
            for case .expression(let expression) in parts { walk(expression, body) }
        case .loop(let loop):
            walk(loop.target, body)
            walk(loop.iterable, body)
            walk(loop.body, body)
            walk(loop.otherwise, body)
            if let test = loop.test { walk(test, body) }
        case .condition(let branches, let otherwise):
            for branch in branches {
                walk(branch.test, body)
                walk(branch.body, body)
            }
            walk(otherwise, body)
        case .assignment(let target, let value):
            walk(target, body)
            walk(value, body)
        case .blockAssignment(let target, let filter, let statements):
            walk(target, body)
            if let filter { walk(filter, body) }
            walk(statements, body)
        case .macro(let macro): walk(macro, body)
        case .callBlock(let macro, let call):
            walk(call, body)
            walk(macro, body)
        case .filterBlock(let filter, let statements):
            walk(statements, body)
            walk(filter, body)
        case .with(let assignments, let statements):
            for assignment in assignments { walk(assignment.target, body) }
            for assignment in assignments { walk(assignment.value, body) }
            walk(statements, body)
        case .scope(let statements): walk(statements, body)
        case .block, .leaveLoop, .nextRound: break
        case .extends(let template): walk(template, body)
        case .include(let include): walk(include.template, body)
        case .importModule(let template, _, _), .importNames(let template, _, _): walk(template, body)
        case .evaluation(let expression): walk(expression, body)
        }
    }

    /// The blocks in all parts of the statements, also those within blocks, with where they stand.
    static func blocks(in statements: [Statement]) -> [(block: Block, statement: Statement)] {
        statements.flatMap { statement -> [(block: Block, statement: Statement)] in
            if case .block(let block) = statement.kind { return [(block, statement)] + blocks(in: block.body) }
            return bodies(of: statement).flatMap(blocks)
        }
    }

    /// Where a name is set in any part of the statements.
    static func assignment(to name: String, in statements: [Statement]) -> Statement? {
        for statement in statements {
            switch statement.kind {
            case .assignment(let target, _), .blockAssignment(let target, _, _):
                if target.names.contains(name) { return statement }
            default: break
            }
            for body in bodies(of: statement) {
                if let found = assignment(to: name, in: body) { return found }
            }
        }
        return nil
    }

    static func extends(_ statements: [Statement]) -> Bool {
        statements.contains { statement in
            if case .extends = statement.kind { return true }
            return bodies(of: statement).contains(where: extends)
        }
    }

    private static func bodies(of statement: Statement) -> [[Statement]] {
        switch statement.kind {
        case .loop(let loop): [loop.body, loop.otherwise]
        case .condition(let branches, let otherwise): branches.map(\.body) + [otherwise]
        case .blockAssignment(_, _, let body), .filterBlock(_, let body), .with(_, let body), .scope(let body): [body]
        case .macro(let macro), .callBlock(let macro, _): [macro.body]
        case .block(let block): [block.body]
        default: []
        }
    }
}
