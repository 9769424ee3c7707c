extension TemplateUndefined {
    /// The error of wanting more of it than to print it.
    ///
    /// - Parameter context: what names mean there, for what people are told to do.
    func problem(in context: Context?) -> TemplateProblem {
        var hint = ""
        switch reason {
        case .name(let name):
            hint = Self.hint(for: name, in: context)
        case .attribute(let name, let value): hint = Suggestion.text(for: name, among: Access.names(of: value))
        case .element(let key, let value):
            if let name = key.string { hint = Suggestion.text(for: name, among: Access.names(of: value)) }
        case .text, nil: break
        }
        return TemplateProblem(message + hint, kind: .undefined, isPlainName: context == nil && isName ? self : nil)
    }

    private static func hint(for name: String, in context: Context?) -> String {
        switch name {
        case "loop": return "; it is known within a loop, and to what that includes where the loop itself uses it"
        case "super": return "; it is known within a block"
        case "caller": return "; it is known within a macro"
        default: break
        }
        if let context, context.rendering.given[name] != nil {
            let template = context.template.name
            return
                "; the page was given it, but '\(template)' was imported without: write 'with context' behind the import"
        }
        let hint = context.map { Suggestion.text(for: name, among: $0.names) } ?? ""
        return hint.isEmpty ? "; give it to render(), or say what stands for it: \(name)|default('')" : hint
    }

    private var isName: Bool {
        if case .name = reason { true } else { false }
    }
}
