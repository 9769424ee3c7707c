final class ConstantNode: ExpressionNode {
    let value: TemplateValue

    init(_ value: TemplateValue) { self.value = value }

    func evaluate(_ frame: Frame) throws -> TemplateValue { value }
}

final class VariableNode: ExpressionNode {
    let place: VariablePlace
    let name: String
    private let undefined: TemplateValue

    init(_ place: VariablePlace, name: String) {
        self.place = place
        self.name = name
        undefined = .undefined(TemplateUndefined(.name(name)))
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let value = place.read(frame)
        if case .undefined(let reason) = value, reason.isMissing { return undefined }
        return value
    }
}

/// A list, a tuple or a dictionary that is written out.
final class CollectionNode: ExpressionNode {
    enum Kind: Sendable { case list, tuple, dictionary }

    let kind: Kind
    /// Of a dictionary, keys and values in turn.
    let parts: [any ExpressionNode]
    let place: Place

    init(_ kind: Kind, _ parts: [any ExpressionNode], at place: Place) {
        self.kind = kind
        self.parts = parts
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        if case .dictionary = kind { return try dictionary(frame) }
        var elements: [TemplateValue] = []
        elements.reserveCapacity(parts.count)
        for part in parts {
            let value = try part.evaluate(frame)
            do { try Nesting.check(value) } catch { throw place.error(error) }
            elements.append(value)
        }
        if case .tuple = kind { return .tuple(elements) }
        return .list(TemplateList(elements))
    }

    private func dictionary(_ frame: Frame) throws -> TemplateValue {
        var dictionary = TemplateDictionary()
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            let key = try parts[index].evaluate(frame)
            let value = try parts[index + 1].evaluate(frame)
            do {
                try Nesting.check(value)
                dictionary[try TemplateKey.check(key)] = value
            } catch {
                throw place.error(error)
            }
        }
        return .map(TemplateMap(dictionary))
    }
}
