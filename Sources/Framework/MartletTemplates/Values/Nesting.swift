/// Keeps what a template builds, one step at a time, from becoming so deep that to let go of it would exhaust the stack.
enum Nesting {
    /// CPython ends at 1,000 levels of recursion, of which printing a level takes several.
    static let deepest = 200

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

    /// As `check`, before the value becomes part of `container`: what holds itself would never be let go.
    static func check(_ value: TemplateValue, addedTo container: AnyObject) throws {
        try check(value)
        guard isContainer(value) || value.object is Namespace else { return }
        var (left, seen) = ([value], 0)
        while let next = left.popLast(), seen < 1_000 {
            seen += 1
            if identity(next) === container {
                throw TemplateProblem("a list, a dictionary or a namespace cannot hold itself")
            }
            if let namespace = next.object as? Namespace { left += namespace.values }
            left += next.sequence?.filter(mayHold) ?? next.mapping?.values.filter(mayHold) ?? []
        }
    }

    private static func mayHold(_ value: TemplateValue) -> Bool { isContainer(value) || value.object is Namespace }

    private static func identity(_ value: TemplateValue) -> AnyObject? {
        switch value {
        case .list(let list): list
        case .map(let map): map
        case .object(let object): object
        default: nil
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
