/// What a call in a template gives to a function, a filter or a test.
public struct TemplateArguments: Sendable {
    public var positional: [TemplateValue]
    public var keywords: [(name: String, value: TemplateValue)]

    public init(_ positional: [TemplateValue] = [], keywords: [(name: String, value: TemplateValue)] = []) {
        self.positional = positional
        self.keywords = keywords
    }

    public var isEmpty: Bool { positional.isEmpty && keywords.isEmpty }

    /// The argument of this name, which may be given at this position too.
    public func value(_ position: Int, _ name: String) -> TemplateValue? {
        if position >= 0, position < positional.count { return positional[position] }
        return keywords.isEmpty ? nil : keywords.first { $0.name == name }?.value
    }

    public subscript(name: String) -> TemplateValue? { keywords.first { $0.name == name }?.value }

    /// - Throws: ``TemplateProblem`` when it is missing.
    public func required(_ position: Int, _ name: String) throws -> TemplateValue {
        guard let value = value(position, name) else { throw TemplateProblem("the argument '\(name)' is missing") }
        return value
    }

    public func bool(_ position: Int, _ name: String, default fallback: Bool = false) -> Bool {
        value(position, name)?.isTrue ?? fallback
    }

    public func int(_ position: Int, _ name: String, default fallback: Int) throws -> Int {
        guard let value = value(position, name) else { return fallback }
        guard let integer = value.integer else {
            throw TemplateProblem("the argument '\(name)' must be an integer, not '\(value.typeName)'")
        }
        return integer
    }

    /// Absent, or `none`: nothing.
    public func optionalInt(_ position: Int, _ name: String) throws -> Int? {
        switch value(position, name) {
        case nil, .none?: nil
        default: try int(position, name, default: 0)
        }
    }

    public func string(_ position: Int, _ name: String, default fallback: String) throws -> String {
        guard let value = value(position, name) else { return fallback }
        guard let string = value.string else {
            throw TemplateProblem("the argument '\(name)' must be a string, not '\(value.typeName)'")
        }
        return string
    }

    /// Absent, or `none`: nothing.
    public func optionalString(_ position: Int, _ name: String) throws -> String? {
        switch value(position, name) {
        case nil, .none?: nil
        default: try string(position, name, default: "")
        }
    }

    /// Refuses arguments that nobody looks at: they are a mistake, most often of spelling.
    ///
    /// - Throws: ``TemplateProblem``, with the name that was probably meant.
    public func check(_ names: [String]) throws {
        if positional.count > names.count {
            throw TemplateProblem(
                "takes at most \(names.count) argument\(names.count == 1 ? "" : "s"), not \(positional.count)"
            )
        }
        for keyword in keywords {
            guard let position = names.firstIndex(of: keyword.name) else {
                throw TemplateProblem(
                    "there is no argument '\(keyword.name)'" + Suggestion.text(for: keyword.name, among: names)
                )
            }
            if position < positional.count { throw TemplateProblem("the argument '\(keyword.name)' is given twice") }
        }
    }
}
