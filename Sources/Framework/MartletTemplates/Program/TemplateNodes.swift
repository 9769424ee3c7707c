/// Finds the template that an expression names.
struct TemplateReference: Sendable {
    let expression: any ExpressionNode
    let place: Place

    /// - Throws: ``TemplateError``.
    func find(_ frame: Frame, orNothing: Bool = false) throws -> CompiledTemplate? {
        let value = try expression.evaluate(frame)
        let engine = frame.rendering.templates
        do {
            if let name = value.string { return try template(name, engine, orNothing: orNothing) }
            if case .undefined(let reason) = value {
                if orNothing { return nil }
                throw reason.problem(in: nil)
            }
            guard let names = value.sequence else {
                throw TemplateProblem(
                    "the name of a template must be a string or a list of strings, not '\(value.typeName)'"
                )
            }
            for name in names {
                guard let name = name.string else { throw TemplateProblem("the name of a template must be a string") }
                if let found = try template(name, engine, orNothing: true) { return found }
            }
            if orNothing { return nil }
            let tried = names.map(ValueText.str).joined(separator: ", ")
            throw TemplateProblem("none of the templates is there: \(tried)", kind: .notFound)
        } catch {
            throw place.error(error, in: frame)
        }
    }

    private func template(_ name: String, _ engine: TemplateEngine, orNothing: Bool) throws -> CompiledTemplate? {
        let found: CompiledTemplate?
        do { found = try engine.find(name) } catch { throw place.leading("used", to: error) }
        // The names for "did you mean" are not looked for where nobody is told of them.
        if found == nil, !orNothing { throw TemplateProblem(engine.missing(name).message, kind: .notFound) }
        return found
    }
}

/// `{% extends name %}`
final class ExtendsNode: StatementNode {
    let reference: TemplateReference

    init(_ reference: TemplateReference) { self.reference = reference }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        if frame.extended != nil { throw reference.place.error("the template extends two others; it can extend one") }
        guard let parent = try reference.find(frame) else { return .onwards }
        frame.context.add(parent)
        frame.extended = parent
        return .onwards
    }
}

/// `{% include name %}`
final class IncludeNode: StatementNode {
    let reference: TemplateReference
    let ignoresMissing: Bool
    /// The variables that the template sees; nothing without the context.
    let locals: [(name: String, place: VariablePlace)]?

    init(_ reference: TemplateReference, ignoresMissing: Bool, locals: [(name: String, place: VariablePlace)]?) {
        self.reference = reference
        self.ignoresMissing = ignoresMissing
        self.locals = locals
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        guard let template = try reference.find(frame, orNothing: ignoresMissing) else { return .onwards }
        do {
            try frame.rendering.nested {
                if let locals {
                    let context = Context(
                        frame.rendering,
                        template,
                        given: locals.values(in: frame),
                        within: frame.context
                    )
                    try template.run(context, &output)
                } else {
                    try output.writeRaw(try frame.rendering.module(of: template).text)
                }
            }
        } catch {
            throw reference.place.leading("included", to: error)
        }
        return .onwards
    }
}

/// `{% import name as module %}` and `{% from name import … %}`
final class ImportNode: StatementNode {
    enum Names: Sendable {
        case module(VariablePlace)
        case names([(name: String, variable: VariablePlace)])
    }

    let reference: TemplateReference
    let names: Names
    let locals: [(name: String, place: VariablePlace)]?
    let published: [PublishedVariable]

    init(
        _ reference: TemplateReference,
        _ names: Names,
        locals: [(name: String, place: VariablePlace)]?,
        published: [PublishedVariable]
    ) {
        self.reference = reference
        self.names = names
        self.locals = locals
        self.published = published
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        guard let template = try reference.find(frame) else { return .onwards }
        let module = try module(template, frame)
        switch names {
        case .module(let variable): variable.write(.object(module), frame)
        case .names(let names):
            for (name, variable) in names {
                variable.write(try module.attribute(name) ?? missing(name, module), frame)
            }
        }
        for variable in published { variable.publish(frame) }
        return .onwards
    }

    private func module(_ template: CompiledTemplate, _ frame: Frame) throws -> ModuleObject {
        do {
            return try frame.rendering.nested {
                guard let locals else { return try frame.rendering.module(of: template) }
                let given = frame.context.snapshot(with: locals.values(in: frame))
                return try ModuleObject(template, Context(frame.rendering, template, given: given))
            }
        } catch {
            throw reference.place.leading("imported", to: error)
        }
    }

    private func missing(_ name: String, _ module: ModuleObject) -> TemplateValue {
        let hint = Suggestion.text(for: name, among: module.attributeNames)
        return .undefined(
            TemplateUndefined(
                "the template '\(module.name)' (imported on line \(reference.place.line)) does not export the requested name '\(name)'\(hint)"
            )
        )
    }
}
