/// What filters look for in elements: `attribute="author.name"`, or an index.
struct AttributePath {
    let keys: [TemplateValue]
    /// For what is undefined on the way.
    var fallback: TemplateValue?

    init(_ attribute: TemplateValue?, fallback: TemplateValue? = nil) {
        self.fallback = fallback
        switch attribute {
        case nil, .none?: keys = []
        case .string(let text)?, .safe(let text)?: keys = Self.keys(text)
        case let key?: keys = [key]
        }
    }

    init(_ text: String) { keys = Self.keys(text) }

    private static func keys(_ text: String) -> [TemplateValue] {
        text.split(separator: ".", omittingEmptySubsequences: false).map { part in
            let isNumber = !part.isEmpty && part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            return isNumber ? Int(part).map { .int($0) } ?? .string(String(part)) : .string(String(part))
        }
    }

    func value(of element: TemplateValue) throws -> TemplateValue {
        var value = element
        for key in keys {
            value = try Access.element(key, of: value)
            if let fallback, value.isUndefined { value = fallback }
        }
        return value
    }
}
