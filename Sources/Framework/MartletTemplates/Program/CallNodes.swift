/// The arguments of a call, a filter or a test.
struct ArgumentNodes: Sendable {
    let positional: [any ExpressionNode]
    let keywords: [(name: String, value: any ExpressionNode)]
    let list: (any ExpressionNode)?
    let dictionary: (any ExpressionNode)?

    var isEmpty: Bool { positional.isEmpty && keywords.isEmpty && list == nil && dictionary == nil }

    func evaluate(_ frame: Frame) throws -> TemplateArguments {
        if isEmpty { return TemplateArguments() }
        var arguments = TemplateArguments()
        arguments.positional.reserveCapacity(positional.count)
        for node in positional { arguments.positional.append(try node.evaluate(frame)) }
        for keyword in keywords { arguments.keywords.append((keyword.name, try keyword.value.evaluate(frame))) }
        if let list { arguments.positional += try Iteration.elements(of: try list.evaluate(frame)) }
        if let dictionary {
            let value = try dictionary.evaluate(frame)
            guard let mapping = value.mapping else {
                throw TemplateProblem("what stands behind ** must be a mapping, not '\(value.typeName)'")
            }
            for (key, value) in mapping.entries {
                guard let name = key.string else { throw TemplateProblem("keywords must be strings") }
                guard !arguments.keywords.contains(where: { $0.name == name }) else {
                    throw TemplateProblem("the argument '\(name)' is given twice")
                }
                arguments.keywords.append((name, value))
            }
        }
        return arguments
    }
}

/// `value(…)`
final class CallNode: ExpressionNode {
    let value: any ExpressionNode
    let arguments: ArgumentNodes
    let place: Place

    init(_ value: any ExpressionNode, _ arguments: ArgumentNodes, at place: Place) {
        self.value = value
        self.arguments = arguments
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue { try evaluate(frame, caller: nil) }

    /// - Parameter caller: what a call block holds.
    func evaluate(_ frame: Frame, caller: TemplateValue?) throws -> TemplateValue {
        do {
            let function = try function(frame)
            var arguments = try arguments.evaluate(frame)
            if let caller { arguments.keywords.append(("caller", caller)) }
            return try Self.call(function, arguments, frame)
        } catch {
            throw place.leading("called", to: place.error(error, in: frame), isSame: place.source)
        }
    }

    private func function(_ frame: Frame) throws -> TemplateValue { try value.evaluate(frame) }

    static func call(_ value: TemplateValue, _ arguments: TemplateArguments, _ frame: Frame) throws -> TemplateValue {
        switch value {
        case .function(let function): return try function.call(arguments)
        case .object(let object):
            if let macro = object as? MacroObject { return try macro.invoke(arguments, frame.rendering) }
            if let result = try object.call(arguments) { return result }
        case .undefined(let reason): throw reason.problem(in: nil)
        default: break
        }
        throw TemplateProblem("'\(value.typeName)' object is not callable")
    }
}

/// `value.name(…)`: methods are called without being bound first.
final class MethodCallNode: ExpressionNode {
    let value: any ExpressionNode
    let name: String
    let arguments: ArgumentNodes
    let place: Place
    private let stringMethod: StringMethod?
    private let listMethod: ListMethod?
    private let dictionaryMethod: DictionaryMethod?
    private let isCycle: Bool

    init(_ value: any ExpressionNode, _ name: String, _ arguments: ArgumentNodes, at place: Place) {
        self.value = value
        self.name = name
        self.arguments = arguments
        self.place = place
        stringMethod = StringMethod(rawValue: name)
        listMethod = ListMethod(rawValue: name)
        dictionaryMethod = DictionaryMethod(rawValue: name)
        isCycle = name == "cycle"
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue { try evaluate(frame, caller: nil) }

    func evaluate(_ frame: Frame, caller: TemplateValue?) throws -> TemplateValue {
        do {
            let value = try value.evaluate(frame)
            if isCycle, let loop = value.object as? LoopContext { return try loop.cycle(try arguments.evaluate(frame)) }
            let function = try bound(value)
            var arguments = try arguments.evaluate(frame)
            if let caller { arguments.keywords.append(("caller", caller)) }
            if let function { return try CallNode.call(function, arguments, frame) }
            return try callMethod(of: value, arguments)
        } catch {
            throw place.leading("called", to: place.error(error, in: frame), isSame: place.source)
        }
    }

    /// Nothing when the value has a method of this name.
    private func bound(_ value: TemplateValue) throws -> TemplateValue? {
        switch value {
        case .string, .safe: if stringMethod != nil { return nil }
        case .array, .list, .tuple: if listMethod != nil { return nil }
        case .dictionary, .map: if dictionaryMethod != nil { return nil }
        default: break
        }
        return try Access.attribute(name, of: value)
    }

    private func callMethod(of value: TemplateValue, _ arguments: TemplateArguments) throws -> TemplateValue {
        switch value {
        case .string, .safe: if let stringMethod { return try stringMethod.call(value, arguments) }
        case .array, .list, .tuple: if let listMethod { return try listMethod.call(value, arguments) }
        default: if let dictionaryMethod { return try dictionaryMethod.call(value, arguments) }
        }
        throw TemplateProblem("'\(value.typeName)' has no method '\(name)'")
    }
}
