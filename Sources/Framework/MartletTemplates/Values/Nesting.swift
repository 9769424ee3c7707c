/// Keeps what a template builds, one step at a time, from becoming so deep that to let go of it would exhaust the stack.
enum Nesting {
    /// CPython ends at 1,000 levels of recursion when it prints or compares.
    static let deepest = 500

    /// - Throws: ``TemplateProblem`` when lists in lists are too deep. Looks at the first few elements of each only: what
    ///   grows by steps grows there.
    static func check(_ value: TemplateValue) throws {
        var (current, depth) = (value, 0)
        while let inner = inner(current) {
            depth += 1
            if depth > deepest {
                throw TemplateProblem("a list within a list within a list, deeper than \(deepest)", kind: .limit)
            }
            current = inner
        }
    }

    private static func inner(_ value: TemplateValue) -> TemplateValue? {
        if let elements = value.sequence { return elements.prefix(4).first(where: isContainer) }
        guard let entries = value.mapping?.entries else { return nil }
        return entries.prefix(4).first { isContainer($0.value) }?.value
    }

    private static func isContainer(_ value: TemplateValue) -> Bool {
        switch value {
        case .array, .tuple, .list, .dictionary, .map: true
        default: false
        }
    }
}
