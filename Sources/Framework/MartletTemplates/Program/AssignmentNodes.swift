/// Where a value goes.
indirect enum TargetPlace: Sendable {
    case variable(VariablePlace)
    case tuple([TargetPlace])
    case namespace(VariableNode, attribute: String)

    func assign(_ value: TemplateValue, _ frame: Frame) throws {
        switch self {
        case .variable(let place): place.write(value, frame)
        case .tuple(let targets):
            let values = try Iteration.unpacked(value, into: targets.count)
            for (target, value) in zip(targets, values) { try target.assign(value, frame) }
        case .namespace(let variable, let attribute):
            guard let namespace = try variable.evaluate(frame).object as? Namespace else {
                throw TemplateProblem(
                    "cannot assign attribute '\(attribute)': '\(variable.name)' is no namespace; make one: "
                        + "{% set \(variable.name) = namespace() %}"
                )
            }
            try Nesting.check(value, addedTo: namespace)
            namespace.set(attribute, to: value)
        }
    }
}

/// A variable of the top level, which the context is told of too: blocks, templates that are extended and who imports this
/// one see it there.
struct PublishedVariable: Sendable {
    let name: String
    let index: Int
    var isExported = true

    func publish(_ frame: Frame) { frame.context.assign(name, frame[index], isExported: isExported) }
}

/// `{% set target = value %}`
final class AssignmentNode: StatementNode {
    let target: TargetPlace
    let value: any ExpressionNode
    let published: [PublishedVariable]
    let place: Place

    init(_ target: TargetPlace, _ value: any ExpressionNode, published: [PublishedVariable], at place: Place) {
        self.target = target
        self.value = value
        self.published = published
        self.place = place
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        let value = try value.evaluate(frame)
        do {
            try Nesting.check(value)
            try target.assign(value, frame)
        } catch {
            throw place.error(error, in: frame)
        }
        for variable in published { variable.publish(frame) }
        return .onwards
    }
}

/// The text that a filter block, or a block that is set, filters.
final class BodyTextNode: ExpressionNode {
    let place: VariablePlace

    init(_ place: VariablePlace) { self.place = place }

    func evaluate(_ frame: Frame) throws -> TemplateValue { place.read(frame) }
}

/// `{% set target | filter %}…{% endset %}`: the text is safe.
final class BlockAssignmentNode: StatementNode {
    let target: TargetPlace
    let entry: ScopeEntry
    let body: Body
    /// Where `filter` finds the text.
    let text: VariablePlace
    let filter: (any ExpressionNode)?
    let published: [PublishedVariable]
    let place: Place

    init(
        _ target: TargetPlace,
        _ entry: ScopeEntry,
        _ body: Body,
        text: VariablePlace,
        filter: (any ExpressionNode)?,
        published: [PublishedVariable],
        at place: Place
    ) {
        self.target = target
        self.entry = entry
        self.body = body
        self.text = text
        self.filter = filter
        self.published = published
        self.place = place
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        entry.run(frame)
        var value = TemplateValue.safe(try body.text(frame))
        if let filter {
            text.write(value, frame)
            let filtered = try filter.evaluate(frame)
            value = .safe(filtered.isHTML ? HTMLEscaping.escaped(filtered) : ValueText.str(filtered))
        }
        do { try target.assign(value, frame) } catch { throw place.error(error, in: frame) }
        for variable in published { variable.publish(frame) }
        return .onwards
    }
}

/// `{% filter name %}…{% endfilter %}`. What the filter gives is written as it is.
final class FilterBlockNode: StatementNode {
    let entry: ScopeEntry
    let body: Body
    let text: VariablePlace
    let filter: any ExpressionNode
    let place: Place

    init(_ entry: ScopeEntry, _ body: Body, text: VariablePlace, filter: any ExpressionNode, at place: Place) {
        self.entry = entry
        self.body = body
        self.text = text
        self.filter = filter
        self.place = place
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        entry.run(frame)
        text.write(.safe(try body.text(frame)), frame)
        let value = try filter.evaluate(frame)
        do { try output.writeRaw(ValueText.str(value)) } catch { throw place.error(error) }
        return .onwards
    }
}

/// `{% with target = value %}`, and scopes without assignments.
final class WithNode: StatementNode {
    let entry: ScopeEntry
    let assignments: [(target: TargetPlace, value: any ExpressionNode)]
    let body: Body
    let place: Place

    init(
        _ entry: ScopeEntry,
        _ assignments: [(target: TargetPlace, value: any ExpressionNode)],
        _ body: Body,
        at place: Place
    ) {
        self.entry = entry
        self.assignments = assignments
        self.body = body
        self.place = place
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        entry.run(frame)
        for (target, value) in assignments {
            let value = try value.evaluate(frame)
            do { try target.assign(value, frame) } catch { throw place.error(error, in: frame) }
        }
        return try body.execute(frame, &output)
    }
}
