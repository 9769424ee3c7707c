import Synchronization

/// `namespace()`: what loops and blocks can change without a scope of their own in the way.
final class Namespace: TemplateObject {
    private let storage: Mutex<TemplateDictionary>

    /// Python's arguments of `dict()`: a mapping or pairs, and keywords.
    init(_ arguments: TemplateArguments) throws {
        storage = Mutex(try Self.dictionary(of: arguments))
    }

    var typeName: String { "Namespace" }
    var text: String { "<Namespace \(ValueText.repr(.dictionary(storage.withLock { $0 })))>" }
    var attributeNames: [String] { storage.withLock { $0.keys.compactMap(\.string) } }

    func attribute(_ name: String) throws -> TemplateValue? { storage.withLock { $0[name] } }
    func element(_ key: TemplateValue) throws -> TemplateValue? { storage.withLock { $0[key] } }

    var values: [TemplateValue] { storage.withLock { $0.values } }

    func set(_ name: String, to value: TemplateValue) { storage.withLock { $0[name] = value } }

    static func dictionary(of arguments: TemplateArguments) throws -> TemplateDictionary {
        guard arguments.positional.count <= 1 else {
            throw TemplateProblem("dict expected at most 1 argument, got \(arguments.positional.count)")
        }
        var dictionary = TemplateDictionary()
        if let first = arguments.positional.first { try dictionary.merge(first) }
        for (name, value) in arguments.keywords { dictionary[name] = value }
        return dictionary
    }
}

extension TemplateDictionary {
    /// Adds the entries of a mapping, or of a list of pairs.
    mutating func merge(_ value: TemplateValue) throws {
        if let mapping = value.mapping {
            for (key, element) in mapping.entries { self[key] = element }
            return
        }
        for pair in try Iteration.elements(of: value) {
            let entry = try Iteration.unpacked(pair, into: 2)
            self[try TemplateKey.check(entry[0])] = entry[1]
        }
    }
}
