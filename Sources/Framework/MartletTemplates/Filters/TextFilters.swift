/// Filters of texts. A safe text stays safe where Markup's methods keep it so.
enum TextFilters {
    /// The text of any value, changed.
    static func mapped(_ value: TemplateValue, _ change: (String) -> String) -> TemplateValue {
        if case .safe(let text) = value { return .safe(change(text)) }
        return .string(change(ValueText.str(value)))
    }

    @Sendable static func center(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["width"])
        let width = try arguments.int(0, "width", default: 80)
        let text = try StringOperations.padded(ValueText.str(value), width: width, on: .both)
        return mapped(value) { _ in text }
    }

    @Sendable static func format(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        guard arguments.positional.isEmpty || arguments.keywords.isEmpty else {
            throw TemplateProblem("can't handle positional and keyword arguments at the same time")
        }
        let pattern = mapped(value) { $0 }
        if arguments.keywords.isEmpty { return try PercentFormat.format(pattern, with: .tuple(arguments.positional)) }
        return try PercentFormat.format(
            pattern,
            with: .dictionary(TemplateDictionary(arguments.keywords.map { ($0.name, $0.value) }))
        )
    }

    @Sendable static func indent(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["width", "first", "blank"])
        if case .undefined(let reason) = value { throw reason.problem(in: nil) }
        guard let text = value.string else { throw TemplateProblem("a text is wanted, not '\(value.typeName)'") }
        let indentation: String
        if let width = arguments.value(0, "width"), let given = width.string {
            indentation = value.isHTML ? HTMLEscaping.escaped(width) : given
        } else {
            let width = try arguments.int(0, "width", default: 4)
            guard width <= 10_000 else { throw TemplateProblem("a width above 10000", kind: .limit) }
            indentation = String(repeating: " ", count: max(0, width))
        }
        let isBlankToo = arguments.bool(2, "blank")
        var lines = StringOperations.lines(text + "\n")
        let first = lines.isEmpty ? "" : lines.removeFirst()
        var result = first
        for line in lines { result += "\n" + (isBlankToo || !line.isEmpty ? indentation : "") + line }
        if arguments.bool(1, "first") { result = indentation + result }
        guard result.utf8.count <= TemplateLimits.longestText else {
            throw TemplateProblem("a text longer than \(TemplateLimits.longestText) bytes", kind: .limit)
        }
        return mapped(value) { _ in result }
    }

    @Sendable static func replace(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["s", "old", "new", "count"].dropFirst().map(\.self))
        let (old, new) = (try arguments.required(0, "old"), try arguments.required(1, "new"))
        let count = try arguments.optionalInt(2, "count") ?? -1
        // Something safe among texts that are not makes them all HTML.
        let becomesSafe = old.isHTML || new.isHTML && !value.isHTML
        let text: TemplateValue = becomesSafe ? .safe(HTMLEscaping.escaped(value)) : mapped(value) { $0 }
        let replacement = text.isHTML ? HTMLEscaping.escaped(new) : ValueText.str(new)
        let result = try StringOperations.replace(
            text.string ?? "",
            ValueText.str(old),
            with: replacement,
            count: count
        )
        return mapped(text) { _ in result }
    }

    /// A capital at the start and behind white space, hyphens and opening brackets. Never safe, as in Jinja.
    @Sendable static func title(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        var (result, isStart) = ("", true)
        for scalar in ValueText.str(value).unicodeScalars {
            let isSeparator = CodePoints.isSpace(scalar) || ["-", "(", "{", "[", "<"].contains(scalar)
            result += isStart ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
            isStart = isSeparator
        }
        return .string(result)
    }

    @Sendable static func trim(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        try arguments.check(["chars"])
        let characters = try arguments.optionalString(0, "chars")
        return mapped(value) { StringOperations.strip($0, characters) }
    }

    @Sendable static func truncate(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["length", "killwords", "end", "leeway"])
        let length = try arguments.int(0, "length", default: 255)
        let end = arguments.value(2, "end") ?? .string("...")
        let leeway = try arguments.optionalInt(3, "leeway") ?? 5
        let endLength = try Iteration.length(of: end)
        guard length >= endLength else { throw TemplateProblem("expected length >= \(endLength), got \(length)") }
        guard leeway >= 0 else { throw TemplateProblem("expected leeway >= 0, got \(leeway)") }
        if case .undefined = value { return value }
        let (most, overflow) = length.addingReportingOverflow(leeway)
        if try overflow || Iteration.length(of: value) <= most { return value }
        guard let text = value.string else { throw TemplateProblem("a text is wanted, not '\(value.typeName)'") }
        let scalars = text.unicodeScalars
        var kept = String(String.UnicodeScalarView(scalars.prefix(length - endLength)))
        if !arguments.bool(1, "killwords") {
            kept = try StringOperations.splitFromEnd(kept, " ", most: 1).first ?? ""
        }
        return value.isHTML ? .safe(kept + HTMLEscaping.escaped(end)) : try Arithmetic.apply(.add, .string(kept), end)
    }

    @Sendable static func wordCount(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        var (count, isWithin) = (0, false)
        for scalar in ValueText.str(value).unicodeScalars {
            let isWord = CodePoints.isWord(scalar)
            if isWord, !isWithin { count += 1 }
            isWithin = isWord
        }
        return .int(count)
    }

    @Sendable static func wordWrap(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["width", "break_long_words", "wrapstring", "break_on_hyphens"])
        guard let text = value.string else {
            if case .undefined(let reason) = value { throw reason.problem(in: nil) }
            throw TemplateProblem("a text is wanted, not '\(value.typeName)'")
        }
        let wrapping = WordWrapping(
            width: try arguments.int(0, "width", default: 79),
            breaksLongWords: arguments.bool(1, "break_long_words", default: true),
            breaksOnHyphens: arguments.bool(3, "break_on_hyphens", default: true)
        )
        guard wrapping.width > 0 else { throw TemplateProblem("invalid width \(wrapping.width) (must be > 0)") }
        let separator = arguments.value(2, "wrapstring") ?? .none
        let mark = separator.string ?? "\n"
        let lines = StringOperations.lines(text).map { line in
            let parts = wrapping.lines(of: line)
            return (separator.isHTML ? parts.map(HTMLEscaping.escaped) : parts).joined(separator: mark)
        }
        let result = lines.joined(separator: mark)
        return separator.isHTML ? .safe(result) : .string(result)
    }
}
