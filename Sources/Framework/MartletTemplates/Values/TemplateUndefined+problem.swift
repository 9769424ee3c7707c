extension TemplateUndefined {
    /// The error of wanting more of it than to print it.
    ///
    /// - Parameter names: the names that there are, for "did you mean".
    func problem(in names: [String]?) -> TemplateProblem {
        var hint = ""
        switch reason {
        case .name(let name):
            if let names { hint = Suggestion.text(for: name, among: names) }
            if hint.isEmpty { hint = "; give it to render(), or say what stands for it: \(name)|default('')" }
        case .attribute(let name, let value): hint = Suggestion.text(for: name, among: Access.names(of: value))
        case .element(let key, let value):
            if let name = key.string { hint = Suggestion.text(for: name, among: Access.names(of: value)) }
        case .text, nil: break
        }
        return TemplateProblem(message + hint, kind: .undefined, isPlainName: names == nil && isName ? self : nil)
    }

    private var isName: Bool {
        if case .name = reason { true } else { false }
    }
}
