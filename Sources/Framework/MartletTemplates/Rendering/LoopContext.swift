/// `loop`
///
/// One thread uses it: the one of its rendering.
final class LoopContext: TemplateObject, @unchecked Sendable {
    enum Attribute: String, CaseIterable, Sendable {
        case index, index0, revindex, revindex0, first, last, length, depth, depth0, previtem, nextitem, cycle, changed
    }

    /// What `loop(…)` runs.
    struct Recursion: Sendable {
        let node: RecursiveLoopNode
        let frame: Frame
    }

    var elements: [TemplateValue] = []
    var index0 = 0
    private let depth0: Int
    private let recursion: Recursion?
    private var lastChanged: [TemplateValue]?

    init(depth0: Int, recursion: Recursion?) {
        self.depth0 = depth0
        self.recursion = recursion
    }

    var typeName: String { "LoopContext" }
    var length: Int { elements.count }
    var text: String { "<LoopContext \(index0 + 1)/\(length)>" }
    var isTrue: Bool { length > 0 }
    var isCallable: Bool { true }
    var attributeNames: [String] { Attribute.allCases.map(\.rawValue) }

    func attribute(_ name: String) throws -> TemplateValue? { Attribute(rawValue: name).map { self[$0] } }

    subscript(attribute: Attribute) -> TemplateValue {
        switch attribute {
        case .index: .int(index0 + 1)
        case .index0: .int(index0)
        case .revindex: .int(length - index0)
        case .revindex0: .int(length - index0 - 1)
        case .first: .bool(index0 == 0)
        case .last: .bool(index0 == length - 1)
        case .length: .int(length)
        case .depth: .int(depth0 + 1)
        case .depth0: .int(depth0)
        case .previtem: index0 > 0 ? elements[index0 - 1] : .undefined(TemplateUndefined("there is no previous item"))
        case .nextitem:
            index0 + 1 < length ? elements[index0 + 1] : .undefined(TemplateUndefined("there is no next item"))
        case .cycle: .function(TemplateFunction("cycle") { try self.cycle($0) })
        case .changed: .function(TemplateFunction("changed") { .bool(self.changed($0.positional)) })
        }
    }

    func cycle(_ arguments: TemplateArguments) throws -> TemplateValue {
        guard !arguments.positional.isEmpty else { throw TemplateProblem("no items for cycling given") }
        return arguments.positional[index0 % arguments.positional.count]
    }

    private func changed(_ values: [TemplateValue]) -> Bool {
        if let lastChanged, lastChanged.count == values.count,
            zip(lastChanged, values).allSatisfy({ Comparison.isEqual($0, $1) })
        {
            return false
        }
        lastChanged = values
        return true
    }

    func call(_ arguments: TemplateArguments) throws -> TemplateValue? {
        guard let recursion else {
            throw TemplateProblem("the loop is not recursive: write {% for … in … recursive %} to call it")
        }
        guard arguments.positional.count == 1, arguments.keywords.isEmpty else {
            throw TemplateProblem("loop(…) takes what it runs over, and nothing else")
        }
        var output = Output(limit: recursion.frame.rendering.limits.output)
        try recursion.node.run(over: arguments.positional[0], depth0: depth0 + 1, recursion.frame, &output)
        return .safe(output.text)
    }
}
