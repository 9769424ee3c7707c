/// Attributes and elements of values: `a.b` and `a[b]`, which fall back to each other as in Jinja.
enum Access {
    /// `value.name`: a method or attribute of this name, else the element.
    static func attribute(_ name: String, of value: TemplateValue) throws -> TemplateValue {
        switch value {
        case .dictionary(let dictionary):
            if let method = DictionaryMethod(rawValue: name) { return bound(name) { try method.call(value, $0) } }
            return dictionary[name] ?? undefined(name, of: value)
        case .map(let map):
            if let method = DictionaryMethod(rawValue: name) { return bound(name) { try method.call(value, $0) } }
            return map.dictionary[name] ?? undefined(name, of: value)
        case .object(let object):
            return try object.attribute(name) ?? object.element(.string(name)) ?? undefined(name, of: value)
        case .undefined(let reason): throw reason.problem(in: nil)
        default: return method(name, of: value) ?? undefined(name, of: value)
        }
    }

    /// `value[key]`: the element of this key, else the method or attribute.
    static func element(_ key: TemplateValue, of value: TemplateValue) throws -> TemplateValue {
        switch value {
        case .undefined(let reason): throw reason.problem(in: nil)
        case .dictionary(let dictionary): if TemplateKey.isKey(key), let found = dictionary[key] { return found }
        case .map(let map): if TemplateKey.isKey(key), let found = map.dictionary[key] { return found }
        case .array, .list, .tuple:
            if let index = key.integer, let elements = value.sequence {
                return position(index, in: elements.count).map { elements[$0] } ?? undefinedElement(key, of: value)
            }
        case .string(let text), .safe(let text):
            if let index = key.integer {
                let scalars = text.unicodeScalars
                guard let offset = position(index, in: scalars.count) else { return undefinedElement(key, of: value) }
                let character = String(scalars[scalars.index(scalars.startIndex, offsetBy: offset)])
                if case .safe = value { return .safe(character) }
                return .string(character)
            }
        case .object(let object):
            if let found = try object.element(key) { return found }
            if let name = key.string, let found = try object.attribute(name) { return found }
        default: break
        }
        if let name = key.string, let method = method(name, of: value) { return method }
        return key.string.map { undefined($0, of: value) } ?? undefinedElement(key, of: value)
    }

    /// The method of a text or a collection, bound to it.
    private static func method(_ name: String, of value: TemplateValue) -> TemplateValue? {
        switch value {
        case .string, .safe: StringMethod(rawValue: name).map { method in bound(name) { try method.call(value, $0) } }
        case .array, .list, .tuple:
            ListMethod(rawValue: name).map { method in bound(name) { try method.call(value, $0) } }
        case .dictionary, .map:
            DictionaryMethod(rawValue: name).map { method in bound(name) { try method.call(value, $0) } }
        case .function(let function): name == "name" ? .string(function.name) : nil
        default: nil
        }
    }

    private static func bound(_ name: String, _ body: @escaping TemplateFunction.Body) -> TemplateValue {
        .function(TemplateFunction(name, body))
    }

    static func undefined(_ name: String, of value: TemplateValue) -> TemplateValue {
        .undefined(TemplateUndefined(.attribute(name, of: value)))
    }

    private static func undefinedElement(_ key: TemplateValue, of value: TemplateValue) -> TemplateValue {
        .undefined(TemplateUndefined(.element(key, of: value)))
    }

    /// Python's negative indices count from the end.
    static func position(_ index: Int, in count: Int) -> Int? {
        let position = index < 0 ? count &+ index : index
        return position >= 0 && position < count ? position : nil
    }

    /// The names that could have been meant.
    package static func names(of value: TemplateValue) -> [String] {
        switch value {
        case .object(let object): object.attributeNames
        case .string, .safe: StringMethod.allCases.map(\.rawValue)
        case .array, .list, .tuple: ListMethod.allCases.map(\.rawValue)
        default: value.mapping?.keys.compactMap(\.string) ?? []
        }
    }
}
