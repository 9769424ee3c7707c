/// A value as the key of a dictionary: equal as Python has it, where `1`, `1.0` and `true` are one key.
struct TemplateKey: Hashable, Sendable {
    let value: TemplateValue

    init(_ value: TemplateValue) { self.value = value }

    static func == (first: TemplateKey, second: TemplateKey) -> Bool {
        Comparison.isEqual(first.value, second.value)
    }

    func hash(into hasher: inout Hasher) {
        switch value {
        case .bool, .int:
            hasher.combine(value.integer ?? 0)
        case .double(let number):
            if let exact = Int(exactly: number) { hasher.combine(exact) } else { hasher.combine(number) }
        case .string(let text), .safe(let text):
            hasher.combine(text)
        case .tuple(let elements):
            for element in elements { TemplateKey(element).hash(into: &hasher) }
        default:
            hasher.combine(0)
        }
    }

    /// Whether Python would take it for a key.
    static func isKey(_ value: TemplateValue) -> Bool {
        switch value {
        case .array, .list, .dictionary, .map: false
        case .tuple(let elements): elements.allSatisfy(isKey)
        default: true
        }
    }

    /// - Throws: ``TemplateProblem`` for lists and dictionaries.
    static func check(_ value: TemplateValue) throws -> TemplateValue {
        guard isKey(value) else { throw TemplateProblem("unhashable type: '\(value.typeName)' cannot be a key") }
        return value
    }
}
