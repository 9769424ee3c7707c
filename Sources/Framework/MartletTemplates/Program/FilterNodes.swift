/// A filter; or a test, as a filter that says yes or no.
final class FilterNode: ExpressionNode {
    let name: String
    let filter: FilterTable.Filter
    let value: any ExpressionNode
    let arguments: ArgumentNodes
    let place: Place

    init(
        _ name: String,
        _ filter: @escaping FilterTable.Filter,
        _ value: any ExpressionNode,
        _ arguments: ArgumentNodes,
        at place: Place
    ) {
        self.name = name
        self.filter = filter
        self.value = value
        self.arguments = arguments
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let value = try value.evaluate(frame)
        do {
            return try filter(value, try arguments.evaluate(frame), frame.rendering.templates)
        } catch let problem as TemplateProblem where problem.kind == .runtime {
            throw place.error("\(name): \(problem.message)")
        } catch {
            throw place.error(error, in: frame)
        }
    }
}

/// A filter or test that nobody has defined, where it may never be reached: below an `if`.
final class UnknownNode: ExpressionNode {
    let error: TemplateError

    init(_ error: TemplateError) { self.error = error }

    func evaluate(_ frame: Frame) throws -> TemplateValue { throw error }
}
