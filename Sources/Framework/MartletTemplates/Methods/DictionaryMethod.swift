/// Methods of dictionaries.
enum DictionaryMethod: String, CaseIterable, Sendable {
    case items, keys, values, get, pop, popitem, update, setdefault, copy, clear

    func call(_ value: TemplateValue, _ arguments: TemplateArguments) throws -> TemplateValue {
        let dictionary = value.mapping ?? TemplateDictionary()
        switch self {
        case .items: return .array(dictionary.items)
        case .keys: return .array(dictionary.keys)
        case .values: return .array(dictionary.values)
        case .get:
            let key = try TemplateKey.check(try arguments.required(0, "key"))
            return dictionary[key] ?? arguments.value(1, "default") ?? .none
        case .copy: return .map(TemplateMap(dictionary))
        default: break
        }
        guard case .map(let map) = value else {
            throw TemplateProblem(
                "the dictionary is the program's, and several templates may be reading it: change a copy, {% set copy = dict(it) %}"
            )
        }
        return try change(map, arguments)
    }

    private func change(_ map: TemplateMap, _ arguments: TemplateArguments) throws -> TemplateValue {
        switch self {
        case .update:
            var added = TemplateDictionary()
            if let first = arguments.positional.first { try added.merge(first) }
            for (name, value) in arguments.keywords { added[name] = value }
            try Nesting.check(.dictionary(added), addedTo: map)
            map.change { dictionary in
                for (key, value) in added.entries { dictionary[key] = value }
            }
        case .setdefault:
            let key = try TemplateKey.check(try arguments.required(0, "key"))
            let fallback = arguments.value(1, "default") ?? .none
            try Nesting.check(fallback, addedTo: map)
            return map.change { dictionary in
                if let found = dictionary[key] { return found }
                dictionary[key] = fallback
                return fallback
            }
        case .pop:
            let key = try TemplateKey.check(try arguments.required(0, "key"))
            let popped: TemplateValue? = map.change { dictionary in
                let found = dictionary[key]
                if found != nil { dictionary[key] = nil }
                return found
            }
            guard let result = popped ?? arguments.value(1, "default") else {
                throw TemplateProblem("there is no key \(ValueText.repr(key))")
            }
            return result
        case .popitem:
            let last: TemplateValue? = map.change { dictionary in
                guard let entry = dictionary.entries.last else { return nil }
                dictionary[entry.key] = nil
                return .tuple([entry.key, entry.value])
            }
            guard let last else { throw TemplateProblem("popitem(): dictionary is empty") }
            return last
        case .clear: map.change { $0 = TemplateDictionary() }
        default: break
        }
        return .none
    }
}
