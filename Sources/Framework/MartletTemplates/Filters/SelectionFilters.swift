/// Filters that look at the elements of a list, or at an attribute of each.
enum SelectionFilters {
    static func ignoringCase(_ value: TemplateValue) -> TemplateValue {
        value.string.map { .string(StringOperations.lowercased($0)) } ?? value
    }

    /// What an element is compared by.
    private static func key(_ path: AttributePath, isCaseSensitive: Bool) -> (TemplateValue) throws -> TemplateValue {
        { element in
            let value = try path.value(of: element)
            return isCaseSensitive ? value : ignoringCase(value)
        }
    }

    private static func attribute(_ value: TemplateValue?) -> TemplateValue? {
        if case .none? = value { return nil }
        return value
    }

    @Sendable static func sort(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["reverse", "case_sensitive", "attribute"])
        let isCaseSensitive = arguments.bool(1, "case_sensitive")
        let attribute = attribute(arguments.value(2, "attribute"))
        // Several attributes, with commas between them: the first that differs decides.
        let paths =
            attribute?.string?.split(separator: ",", omittingEmptySubsequences: false).map { AttributePath(String($0)) }
            ?? [AttributePath(attribute)]
        let keys = paths.map { key($0, isCaseSensitive: isCaseSensitive) }
        return .list(
            TemplateList(
                try Sorting.sorted(try Iteration.elements(of: value), reverse: arguments.bool(0, "reverse")) {
                    element in
                    // In a list, what is undefined is equal to itself and not compared.
                    .array(try keys.map { try $0(element) })
                }
            )
        )
    }

    @Sendable static func unique(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["case_sensitive", "attribute"])
        let key = key(
            AttributePath(attribute(arguments.value(1, "attribute"))),
            isCaseSensitive: arguments.bool(0, "case_sensitive")
        )
        var seen: Set<TemplateKey> = []
        return .array(
            try Iteration.elements(of: value).filter {
                seen.insert(TemplateKey(try TemplateKey.check(try key($0)))).inserted
            }
        )
    }

    static func extreme(_ value: TemplateValue, _ arguments: TemplateArguments, isMax: Bool) throws -> TemplateValue {
        try arguments.check(["case_sensitive", "attribute"])
        let key = key(
            AttributePath(attribute(arguments.value(1, "attribute"))),
            isCaseSensitive: arguments.bool(0, "case_sensitive")
        )
        var best: (key: TemplateValue, value: TemplateValue)?
        for element in try Iteration.elements(of: value) {
            let candidate = try key(element)
            guard let current = best else {
                best = (candidate, element)
                continue
            }
            let isBetter =
                isMax ? try Comparison.isLess(current.key, candidate) : try Comparison.isLess(candidate, current.key)
            if isBetter { best = (candidate, element) }
        }
        return best?.value ?? .undefined(TemplateUndefined("No aggregated item, sequence was empty."))
    }

    @Sendable static func sum(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["attribute", "start"])
        let path = AttributePath(attribute(arguments.value(0, "attribute")))
        let start = arguments.value(1, "start") ?? .int(0)
        if start.string != nil { throw TemplateProblem("sum() can't sum strings; use |join") }
        return try Iteration.elements(of: value).reduce(start) {
            try Arithmetic.apply(.add, $0, try path.value(of: $1))
        }
    }

    @Sendable static func groupBy(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["attribute", "default", "case_sensitive"])
        let path = AttributePath(
            try arguments.required(0, "attribute"),
            fallback: attribute(arguments.value(1, "default"))
        )
        let key = key(path, isCaseSensitive: arguments.bool(2, "case_sensitive"))
        let sorted = try Sorting.sorted(try Iteration.elements(of: value), by: key)
        var groups: [(key: TemplateValue, elements: [TemplateValue])] = []
        for element in sorted {
            let candidate = try key(element)
            if let last = groups.indices.last, Comparison.isEqual(groups[last].key, candidate) {
                groups[last].elements.append(element)
            } else {
                groups.append((candidate, [element]))
            }
        }
        return .array(
            try groups.map { group in
                // The text as it is in the first element, not in small letters.
                .object(GroupObject(try group.elements.first.map(path.value) ?? group.key, group.elements))
            }
        )
    }

    @Sendable static func map(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        guard value.isTrue else { return .array([]) }
        let elements = try Iteration.elements(of: value)
        if arguments.positional.isEmpty, let attribute = arguments["attribute"] {
            if let other = arguments.keywords.first(where: { $0.name != "attribute" && $0.name != "default" }) {
                throw TemplateProblem("unexpected keyword argument '\(other.name)'")
            }
            let path = AttributePath(attribute, fallback: self.attribute(arguments["default"]))
            return .array(try elements.map { try path.value(of: $0) })
        }
        guard let name = arguments.positional.first else { throw TemplateProblem("map requires a filter argument") }
        guard let filter = engine.tables.filters[name.string ?? ""] else {
            let hint = Suggestion.text(for: ValueText.str(name), among: engine.tables.filters.keys)
            throw TemplateProblem("there is no filter '\(ValueText.str(name))'\(hint)", kind: .unknownFilter)
        }
        let rest = TemplateArguments(Array(arguments.positional.dropFirst()), keywords: arguments.keywords)
        return .array(try elements.map { try filter($0, rest, engine) })
    }

    static func select(
        _ value: TemplateValue,
        _ arguments: TemplateArguments,
        _ engine: TemplateEngine,
        wanted: Bool,
        byAttribute: Bool
    ) throws -> TemplateValue {
        guard value.isTrue else { return .array([]) }
        var positional = arguments.positional[...]
        var path = AttributePath(nil)
        if byAttribute {
            guard let attribute = positional.popFirst() else {
                throw TemplateProblem("missing parameter for attribute name")
            }
            path = AttributePath(attribute)
        }
        guard let name = positional.popFirst() else {
            return .array(try Iteration.elements(of: value).filter { try path.value(of: $0).isTrue == wanted })
        }
        guard let test = engine.tables.tests[name.string ?? ""] else {
            let hint = Suggestion.text(for: ValueText.str(name), among: engine.tables.tests.keys)
            throw TemplateProblem("there is no test '\(ValueText.str(name))'\(hint)", kind: .unknownTest)
        }
        let rest = TemplateArguments(Array(positional), keywords: arguments.keywords)
        return .array(
            try Iteration.elements(of: value).filter { try test(try path.value(of: $0), rest, engine) == wanted }
        )
    }
}

/// A group of `groupby`: `{{ group.grouper }}`, `{{ group.list }}`, or a tuple of both.
final class GroupObject: TemplateObject {
    private let grouper: TemplateValue
    private let list: [TemplateValue]

    init(_ grouper: TemplateValue, _ list: [TemplateValue]) {
        self.grouper = grouper
        self.list = list
    }

    var typeName: String { "tuple" }
    var attributeNames: [String] { ["grouper", "list"] }
    var text: String { ValueText.repr(.tuple([grouper, .array(list)])) }

    func attribute(_ name: String) throws -> TemplateValue? {
        switch name {
        case "grouper": grouper
        case "list": .array(list)
        default: nil
        }
    }

    func element(_ key: TemplateValue) throws -> TemplateValue? {
        key.integer.flatMap { Access.position($0, in: 2) }.map { $0 == 0 ? grouper : .array(list) }
    }

    func elements() throws -> [TemplateValue]? { [grouper, .array(list)] }
}
