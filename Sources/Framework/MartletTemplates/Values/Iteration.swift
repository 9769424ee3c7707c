/// What loops run over, and how long it is.
enum Iteration {
    /// - Throws: ``TemplateProblem`` when nothing can run over it.
    static func elements(of value: TemplateValue) throws -> [TemplateValue] {
        guard let elements = try elementsIfAny(of: value) else {
            throw TemplateProblem("'\(value.typeName)' object is not iterable")
        }
        return elements
    }

    static func elementsIfAny(of value: TemplateValue) throws -> [TemplateValue]? {
        switch value {
        case .array(let elements), .tuple(let elements): elements
        case .list(let list): list.elements
        case .dictionary(let dictionary): dictionary.keys
        case .map(let map): map.dictionary.keys
        case .string(let text), .safe(let text): text.unicodeScalars.map { .string(String($0)) }
        case .undefined: []
        case .object(let object): try object.elements()
        case .none, .bool, .int, .double, .function: nil
        }
    }

    /// Python's `len()`.
    static func length(of value: TemplateValue) throws -> Int {
        switch value {
        case .array(let elements), .tuple(let elements): return elements.count
        case .list(let list): return list.elements.count
        case .dictionary(let dictionary): return dictionary.count
        case .map(let map): return map.dictionary.count
        case .string(let text), .safe(let text): return StringOperations.length(text)
        case .undefined: return 0
        case .object(let object):
            if let loop = object as? LoopContext { return loop.length }
            if let elements = try object.elements() { return elements.count }
        case .none, .bool, .int, .double, .function: break
        }
        throw TemplateProblem("object of type '\(value.typeName)' has no len()")
    }

    /// Python's unpacking: `a, b = value`.
    static func unpacked(_ value: TemplateValue, into count: Int) throws -> [TemplateValue] {
        guard let elements = try elementsIfAny(of: value) else {
            throw TemplateProblem("cannot unpack non-iterable \(value.typeName) object")
        }
        if elements.count < count {
            throw TemplateProblem("not enough values to unpack (expected \(count), got \(elements.count))")
        }
        if elements.count > count { throw TemplateProblem("too many values to unpack (expected \(count))") }
        return elements
    }
}
