/// Methods of lists, and of tuples as far as these have them.
enum ListMethod: String, CaseIterable, Sendable {
    case append, extend, insert, pop, remove, clear, reverse, sort, index, count, copy

    func call(_ value: TemplateValue, _ arguments: TemplateArguments) throws -> TemplateValue {
        let elements = value.sequence ?? []
        switch self {
        case .index:
            let wanted = try arguments.required(0, "value")
            guard let position = elements.firstIndex(where: { Comparison.isEqual($0, wanted) }) else {
                throw TemplateProblem("\(ValueText.repr(wanted)) is not in list")
            }
            return .int(position)
        case .count:
            let wanted = try arguments.required(0, "value")
            return .int(elements.count { Comparison.isEqual($0, wanted) })
        default: break
        }
        if case .tuple = value { throw TemplateProblem("'tuple' has no method '\(rawValue)'") }
        if self == .copy { return .list(TemplateList(elements)) }
        guard case .list(let list) = value else {
            throw TemplateProblem(
                "the list is the program's, and several templates may be reading it: change a copy, {% set copy = it|list %}"
            )
        }
        return try change(list, arguments)
    }

    private func change(_ list: TemplateList, _ arguments: TemplateArguments) throws -> TemplateValue {
        switch self {
        case .append:
            let value = try arguments.required(0, "object")
            try Nesting.check(value, addedTo: list)
            try check(adding: 1, to: list)
            list.change { $0.append(value) }
        case .extend:
            let values = try Iteration.elements(of: try arguments.required(0, "iterable"))
            try Nesting.check(.array(values), addedTo: list)
            try check(adding: values.count, to: list)
            list.change { $0 += values }
        case .insert:
            let value = try arguments.required(1, "object")
            try Nesting.check(value, addedTo: list)
            try check(adding: 1, to: list)
            let index = try arguments.int(0, "index", default: 0)
            list.change { elements in
                elements.insert(value, at: min(max(index < 0 ? elements.count &+ index : index, 0), elements.count))
            }
        case .pop:
            let index = try arguments.int(0, "index", default: -1)
            let popped: TemplateValue? = list.change { elements in
                Access.position(index, in: elements.count).map { elements.remove(at: $0) }
            }
            guard let popped else { throw TemplateProblem("pop index out of range, or from an empty list") }
            return popped
        case .remove:
            let wanted = try arguments.required(0, "value")
            guard let position = list.elements.firstIndex(where: { Comparison.isEqual($0, wanted) }) else {
                throw TemplateProblem("list.remove(x): x not in list")
            }
            list.change { elements in if position < elements.count { elements.remove(at: position) } }
        case .clear: list.change { $0.removeAll() }
        case .reverse: list.change { $0.reverse() }
        case .sort:
            let sorted = try Sorting.sorted(list.elements, reverse: arguments["reverse"]?.isTrue ?? false) { $0 }
            list.change { $0 = sorted }
        default: break
        }
        return .none
    }

    private func check(adding count: Int, to list: TemplateList) throws {
        guard list.elements.count + count <= Arithmetic.longestRepetition else {
            throw TemplateProblem("a list longer than \(Arithmetic.longestRepetition)", kind: .limit)
        }
    }
}
