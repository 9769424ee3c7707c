/// `super`, and `self.name`: a block that can be called.
final class BlockReference: TemplateObject, @unchecked Sendable {
    private let name: String
    private let context: Context
    private let depth: Int

    private init(_ name: String, _ context: Context, depth: Int) {
        self.name = name
        self.context = context
        self.depth = depth
    }

    /// - Parameter depth: how many templates that extend are passed over.
    static func value(_ name: String, _ context: Context, depth: Int) -> TemplateValue {
        guard let stack = context.blocks[name], depth < stack.count else {
            return .undefined(TemplateUndefined("there is no parent block called '\(name)'"))
        }
        return .object(BlockReference(name, context, depth: depth))
    }

    var typeName: String { "BlockReference" }
    var isCallable: Bool { true }
    var attributeNames: [String] { ["name", "super"] }

    func attribute(_ name: String) throws -> TemplateValue? {
        switch name {
        case "super": Self.value(self.name, context, depth: depth + 1)
        case "name": .string(self.name)
        default: nil
        }
    }

    func call(_ arguments: TemplateArguments) throws -> TemplateValue? {
        guard arguments.isEmpty else { throw TemplateProblem("a block takes no arguments") }
        guard let stack = context.blocks[name], depth < stack.count else { return nil }
        var output = Output(limit: context.rendering.limits.output)
        try stack[depth].run(context, &output)
        return .safe(output.text)
    }
}

/// `self`
final class SelfObject: TemplateObject, @unchecked Sendable {
    private let context: Context

    init(_ context: Context) { self.context = context }

    var typeName: String { "TemplateReference" }
    var attributeNames: [String] { Array(context.blocks.keys) }

    func attribute(_ name: String) throws -> TemplateValue? {
        context.blocks[name] == nil ? nil : BlockReference.value(name, context, depth: 0)
    }
}
