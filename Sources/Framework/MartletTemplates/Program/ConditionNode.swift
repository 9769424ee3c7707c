/// `{% if %}`
final class ConditionNode: StatementNode {
    let branches: [(test: any ExpressionNode, body: Body)]
    let otherwise: Body

    init(_ branches: [(test: any ExpressionNode, body: Body)], otherwise: Body) {
        self.branches = branches
        self.otherwise = otherwise
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        for branch in branches where try branch.test.evaluate(frame).isTrue {
            return try branch.body.execute(frame, &output)
        }
        return try otherwise.execute(frame, &output)
    }
}
