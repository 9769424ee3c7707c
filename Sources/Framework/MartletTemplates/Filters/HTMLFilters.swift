/// Filters that make HTML of texts, or texts of HTML.
enum HTMLFilters {
    @Sendable static func escape(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        .safe(HTMLEscaping.escaped(value))
    }

    @Sendable static func forceEscape(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        .safe(HTMLEscaping.escaped(ValueText.str(value)))
    }

    @Sendable static func safe(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine) throws
        -> TemplateValue
    {
        .safe(ValueText.str(value))
    }

    @Sendable static func stripTags(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        let bytes = Array(ValueText.str(value).utf8)
        var (kept, at) = ([UInt8](), 0)
        while let start = StringOperations.find([0x3C], in: bytes, from: at) {
            let isComment = bytes[start...].starts(with: "<!--".utf8)
            let mark = Array((isComment ? "-->" : ">").utf8)
            guard let end = StringOperations.find(mark, in: bytes, from: isComment ? start + 4 : start) else { break }
            kept += bytes[at..<start]
            at = end + mark.count
        }
        kept += bytes[at...]
        let words = try StringOperations.split(String(decoding: kept, as: UTF8.self), nil)
        return .string(CharacterReferences.decoded(words.joined(separator: " ")))
    }

    @Sendable static func xmlAttributes(
        _ value: TemplateValue,
        _ arguments: TemplateArguments,
        _ engine: TemplateEngine
    ) throws -> TemplateValue {
        try arguments.check(["autospace"])
        guard let mapping = value.mapping else {
            if case .undefined(let reason) = value { throw reason.problem(in: nil) }
            throw TemplateProblem("a mapping is wanted, not '\(value.typeName)'")
        }
        var attributes: [String] = []
        for (key, value) in mapping.entries {
            switch value {
            case .none, .undefined: continue
            default: break
            }
            guard let name = key.string else {
                throw TemplateProblem("the name of an attribute is a string, not '\(key.typeName)'")
            }
            guard !name.utf8.contains(where: { ($0 >= 0x09 && $0 <= 0x0D) || " />=".utf8.contains($0) }) else {
                throw TemplateProblem("Invalid character in attribute name: \(ValueText.repr(key))")
            }
            attributes.append("\(HTMLEscaping.escaped(key))=\"\(HTMLEscaping.escaped(value))\"")
        }
        let text = attributes.joined(separator: " ")
        return .safe(arguments.bool(0, "autospace", default: true) && !text.isEmpty ? " " + text : text)
    }
}
