/// Python's `sorted()`: stable, and an error where there is no order.
enum Sorting {
    static func sorted(
        _ elements: [TemplateValue],
        reverse: Bool = false,
        by key: (TemplateValue) throws -> TemplateValue
    ) throws -> [TemplateValue] {
        let keyed = try elements.enumerated().map { (key: try key($0.element), position: $0.offset, value: $0.element) }
        let sorted = try keyed.sorted { first, second in
            if try Comparison.isLess(first.key, second.key) { return !reverse }
            if try Comparison.isLess(second.key, first.key) { return reverse }
            return first.position < second.position
        }
        return sorted.map(\.value)
    }
}
