/// A compiled macro, or what a call block holds.
final class MacroProgram: Sendable {
    struct Parameter: Sendable {
        let name: String
        let index: Int
        let defaultValue: (any ExpressionNode)?
    }

    let name: String?
    let parameters: [Parameter]
    /// Where `caller`, `kwargs` and `varargs` are kept, when the body reads them.
    let caller: Int?
    let keywords: Int?
    let rest: Int?
    let hasExplicitCaller: Bool
    let entry: ScopeEntry
    let body: Body
    let slotCount: Int
    let place: Place

    init(
        name: String?,
        parameters: [Parameter],
        caller: Int?,
        keywords: Int?,
        rest: Int?,
        entry: ScopeEntry,
        body: Body,
        slotCount: Int,
        at place: Place
    ) {
        self.name = name
        self.parameters = parameters
        self.caller = caller
        self.keywords = keywords
        self.rest = rest
        hasExplicitCaller = parameters.contains { $0.name == "caller" }
        self.entry = entry
        self.body = body
        self.slotCount = slotCount
        self.place = place
    }

    var title: String { name.map { "macro '\($0)'" } ?? "the caller" }

    /// Puts the arguments where the body reads them.
    func bind(_ arguments: TemplateArguments, _ frame: Frame) throws {
        let positional = arguments.positional
        var keywords = arguments.keywords
        func take(_ name: String) -> TemplateValue? {
            guard let index = keywords.firstIndex(where: { $0.name == name }) else { return nil }
            return keywords.remove(at: index).value
        }
        for (position, parameter) in parameters.enumerated() {
            if position < positional.count {
                frame[parameter.index] = positional[position]
            } else if !keywords.isEmpty, let value = take(parameter.name) {
                frame[parameter.index] = value
            }
        }
        if let caller, !hasExplicitCaller {
            frame[caller] =
                take("caller")
                ?? .undefined(TemplateUndefined("there is no caller: use {% call \(name ?? "macro")(…) %}"))
        }
        if let index = self.keywords {
            frame[index] = .map(TemplateMap(TemplateDictionary(keywords.map { ($0.name, $0.value) })))
        } else if let keyword = keywords.first {
            throw unwanted(keyword.name)
        }
        if let rest {
            frame[rest] = .tuple(Array(positional.dropFirst(parameters.count)))
        } else if positional.count > parameters.count {
            throw TemplateProblem(
                "\(title) takes not more than \(parameters.count) argument(s), not \(positional.count)"
            )
        }
        for parameter in parameters {
            guard case .undefined(let reason) = frame[parameter.index], reason.isMissing else { continue }
            frame[parameter.index] =
                try parameter.defaultValue?.evaluate(frame)
                ?? .undefined(TemplateUndefined("parameter '\(parameter.name)' was not provided"))
        }
    }

    private func unwanted(_ keyword: String) -> TemplateProblem {
        if keyword == "caller" { return TemplateProblem("\(title) does not use its caller, which a call block gives") }
        let names = parameters.map(\.name)
        if names.contains(keyword) { return TemplateProblem("\(title) is given '\(keyword)' twice") }
        return TemplateProblem(
            "\(title) takes no keyword argument '\(keyword)'" + Suggestion.text(for: keyword, among: names)
        )
    }
}

/// `{% macro name(…) %}`
final class MacroNode: StatementNode {
    let variable: VariablePlace
    let program: MacroProgram
    let published: PublishedVariable?

    init(_ variable: VariablePlace, _ program: MacroProgram, published: PublishedVariable?) {
        self.variable = variable
        self.program = program
        self.published = published
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        variable.write(.object(MacroObject(program, frame)), frame)
        published?.publish(frame)
        return .onwards
    }
}

/// `{% call name(…) %}…{% endcall %}`. What the macro gives is written as it is.
final class CallBlockNode: StatementNode {
    let call: any ExpressionNode
    let program: MacroProgram
    let place: Place

    init(_ call: any ExpressionNode, _ program: MacroProgram, at place: Place) {
        self.call = call
        self.program = program
        self.place = place
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        let caller = TemplateValue.object(MacroObject(program, frame))
        let value: TemplateValue
        if let call = call as? MethodCallNode {
            value = try call.evaluate(frame, caller: caller)
        } else if let call = call as? CallNode {
            value = try call.evaluate(frame, caller: caller)
        } else {
            return .onwards
        }
        do { try output.writeRaw(ValueText.str(value)) } catch { throw place.error(error) }
        return .onwards
    }
}
