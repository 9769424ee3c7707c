/// `value.name`
final class AttributeNode: ExpressionNode {
    let value: any ExpressionNode
    let name: String
    private let isDictionaryMethod: Bool
    let place: Place

    init(_ value: any ExpressionNode, _ name: String, at place: Place) {
        self.value = value
        self.name = name
        self.place = place
        isDictionaryMethod = DictionaryMethod(rawValue: name) != nil
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let value = try value.evaluate(frame)
        // By far the most common case.
        if case .dictionary(let dictionary) = value, !isDictionaryMethod {
            return dictionary[name] ?? Access.undefined(name, of: value)
        }
        do { return try Access.attribute(name, of: value) } catch { throw place.error(error, in: frame) }
    }
}

/// `loop.index` and its like, without a look at the name for every round.
final class LoopAttributeNode: ExpressionNode {
    let value: VariableNode
    let attribute: LoopContext.Attribute
    let place: Place

    init(_ value: VariableNode, _ attribute: LoopContext.Attribute, at place: Place) {
        self.value = value
        self.attribute = attribute
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let value = try value.evaluate(frame)
        if case .object(let object) = value, let loop = object as? LoopContext { return loop[attribute] }
        do { return try Access.attribute(attribute.rawValue, of: value) } catch { throw place.error(error, in: frame) }
    }
}

/// `value[key]`
final class ElementNode: ExpressionNode {
    let value: any ExpressionNode
    let key: any ExpressionNode
    let place: Place

    init(_ value: any ExpressionNode, _ key: any ExpressionNode, at place: Place) {
        self.value = value
        self.key = key
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let value = try value.evaluate(frame)
        let key = try key.evaluate(frame)
        do { return try Access.element(key, of: value) } catch { throw place.error(error, in: frame) }
    }
}

/// `value[start:stop:step]`
final class SliceNode: ExpressionNode {
    let value: any ExpressionNode
    let bounds: [(any ExpressionNode)?]
    let place: Place

    init(_ value: any ExpressionNode, _ bounds: [(any ExpressionNode)?], at place: Place) {
        self.value = value
        self.bounds = bounds
        self.place = place
    }

    func evaluate(_ frame: Frame) throws -> TemplateValue {
        let value = try value.evaluate(frame)
        let bounds = try bounds.map { try $0?.evaluate(frame) }
        do {
            return try Slicing(start: bounds[0], stop: bounds[1], step: bounds[2]).apply(to: value)
        } catch {
            throw place.error(error, in: frame)
        }
    }
}
