/// Filters of lists and dictionaries. Where Python gives something that computes its elements when they are asked for, these
/// give lists.
enum SequenceFilters {
    @Sendable static func attribute(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["name"])
        let name = try arguments.string(0, "name", default: "")
        switch value {
        case .dictionary, .map:
            // An attribute only, never an element.
            guard DictionaryMethod(rawValue: name) != nil else { return Access.undefined(name, of: value) }
            return try Access.attribute(name, of: value)
        case .object(let object): return try object.attribute(name) ?? Access.undefined(name, of: value)
        default: return try Access.attribute(name, of: value)
        }
    }

    @Sendable static func batch(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["linecount", "fill_with"])
        _ = try arguments.required(0, "linecount")
        let count = try arguments.int(0, "linecount", default: 1)
        let filler = arguments.value(1, "fill_with") ?? .none
        var (batches, batch): ([TemplateValue], [TemplateValue]) = ([], [])
        for element in try Iteration.elements(of: value) {
            if batch.count == count {
                batches.append(.array(batch))
                batch = []
            }
            batch.append(element)
        }
        if !batch.isEmpty {
            if count > batch.count, !isNone(filler) {
                guard count <= Arithmetic.longestRepetition else {
                    throw TemplateProblem("too many elements", kind: .limit)
                }
                batch += Array(repeating: filler, count: count - batch.count)
            }
            batches.append(.array(batch))
        }
        return .array(batches)
    }

    private static func isNone(_ value: TemplateValue) -> Bool {
        if case .none = value { true } else { false }
    }

    @Sendable static func slice(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["slices", "fill_with"])
        _ = try arguments.required(0, "slices")
        let count = try arguments.int(0, "slices", default: 1)
        let filler = arguments.value(1, "fill_with") ?? .none
        let elements = try Iteration.elements(of: value)
        guard count != 0 else { throw TemplateProblem("integer division or modulo by zero") }
        guard count > 0 else { return .array([]) }
        guard count <= Arithmetic.longestRepetition else { throw TemplateProblem("too many slices", kind: .limit) }
        let (size, extra) = elements.count.quotientAndRemainder(dividingBy: count)
        var (slices, at) = ([TemplateValue](), 0)
        for number in 0..<count {
            let end = at + size + (number < extra ? 1 : 0)
            var slice = Array(elements[at..<end])
            if !isNone(filler), number >= extra { slice.append(filler) }
            slices.append(.array(slice))
            at = end
        }
        return .array(slices)
    }

    @Sendable static func length(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        .int(try Iteration.length(of: value))
    }

    @Sendable static func fallback(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["default_value", "boolean"])
        let isMissing = value.isUndefined || arguments.bool(1, "boolean") && !value.isTrue
        return isMissing ? arguments.value(0, "default_value") ?? .string("") : value
    }

    @Sendable static func dictSort(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["case_sensitive", "by", "reverse"])
        guard let mapping = value.mapping else {
            if case .undefined(let reason) = value { throw reason.problem(in: nil) }
            throw TemplateProblem("a mapping is wanted, not '\(value.typeName)'")
        }
        let by = try arguments.string(1, "by", default: "key")
        guard by == "key" || by == "value" else {
            throw TemplateProblem("you can only sort by either \"key\" or \"value\"")
        }
        let isCaseSensitive = arguments.bool(0, "case_sensitive")
        return .array(
            try Sorting.sorted(mapping.items, reverse: arguments.bool(2, "reverse")) { item in
                let part = (item.sequence ?? [])[by == "key" ? 0 : 1]
                return isCaseSensitive ? part : SelectionFilters.ignoringCase(part)
            }
        )
    }

    @Sendable static func first(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try Iteration.elements(of: value).first ?? .undefined(TemplateUndefined("No first item, sequence was empty."))
    }

    @Sendable static func last(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try Iteration.elements(of: value).last ?? .undefined(TemplateUndefined("No last item, sequence was empty."))
    }

    @Sendable static func items(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        if value.isUndefined { return .array([]) }
        guard let mapping = value.mapping else { throw TemplateProblem("Can only get item pairs from a mapping.") }
        return .array(mapping.items)
    }

    @Sendable static func list(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        .list(TemplateList(try Iteration.elements(of: value)))
    }

    @Sendable static func reverse(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        if let text = value.string {
            let reversed = String(String.UnicodeScalarView(text.unicodeScalars.reversed()))
            return value.isHTML ? .safe(reversed) : .string(reversed)
        }
        guard let elements = try Iteration.elementsIfAny(of: value) else {
            throw TemplateProblem("argument must be iterable")
        }
        return .array(elements.reversed())
    }

    /// As soon as an element or the separator is safe, the others are escaped.
    @Sendable static func join(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["d", "attribute"])
        var elements = try Iteration.elements(of: value)
        if let attribute = arguments.value(1, "attribute"), !isNone(attribute) {
            let path = AttributePath(attribute)
            elements = try elements.map { try path.value(of: $0) }
        }
        let separator = arguments.value(0, "d") ?? .string("")
        let isSafe = separator.isHTML || elements.contains(where: \.isHTML)
        func text(_ value: TemplateValue) -> String { isSafe ? HTMLEscaping.escaped(value) : ValueText.str(value) }
        let joined = elements.map(text).joined(separator: text(separator))
        guard joined.utf8.count <= TemplateLimits.longestText else {
            throw TemplateProblem("a text longer than \(TemplateLimits.longestText) bytes", kind: .limit)
        }
        return isSafe ? .safe(joined) : .string(joined)
    }
}
