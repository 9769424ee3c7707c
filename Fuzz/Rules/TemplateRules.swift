import MartletTemplates

/// What holds for all texts, taken for templates:
///
/// 1. It renders, or there is an error with a message and, within a template, a line that is there.
/// 2. It does the same again.
enum TemplateRules {
    static let options: TemplateOptions = {
        var options = TemplateOptions()
        options.limits.iterations = 300
        options.limits.range = 200
        options.limits.output = 20_000
        options.limits.depth = 15
        return options
    }()

    static let data: [String: TemplateValue] = [
        "x": "<x>", "n": 7, "g": 1.5, "l": [3, 1, "b"], "d": ["a": 1, "b": ["c": nil]], "users": [["name": "Ada"]],
    ]

    static func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let templates = Templates(
            loader: DictionaryLoader(["page": text, "base": base, "part": "{{ x }}"]),
            options: options
        )
        let first = try rendered(templates)
        try BrokenRule.unless(try rendered(templates), is: first, "a template does not do the same again")
    }

    private static let base = "[{% block a %}a{% endblock %}]{% block b scoped %}{{ n }}{% endblock %}"

    private static func rendered(_ templates: Templates) throws -> String {
        do {
            return try templates.render("page", data)
        } catch let error as TemplateError {
            try BrokenRule.unless(!error.message.isEmpty, "an error without a message")
            try BrokenRule.unless(
                error.line == 0 || !error.excerpt.isEmpty,
                "line \(error.line) is not there: \(error)"
            )
            return error.description
        }
    }
}
