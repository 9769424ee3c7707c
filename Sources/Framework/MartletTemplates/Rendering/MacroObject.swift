/// A macro as a value: what it does, and the variables around its definition.
final class MacroObject: TemplateObject {
    private let program: MacroProgram
    private let frame: Frame

    init(_ program: MacroProgram, _ frame: Frame) {
        self.program = program
        self.frame = frame
        frame.keep()
    }

    var typeName: String { "Macro" }
    var text: String { "<Macro \(program.name.map { ValueText.repr(.string($0)) } ?? "anonymous")>" }
    var isCallable: Bool { true }
    var attributeNames: [String] { ["name", "arguments", "catch_kwargs", "catch_varargs", "caller"] }

    func attribute(_ name: String) throws -> TemplateValue? {
        switch name {
        case "name": program.name.map { .string($0) } ?? TemplateValue.none
        case "arguments": .tuple(program.parameters.map { .string($0.name) })
        case "catch_kwargs": .bool(program.keywords != nil)
        case "catch_varargs": .bool(program.rest != nil)
        case "caller": .bool(program.caller != nil)
        default: nil
        }
    }

    func invoke(_ arguments: TemplateArguments, _ rendering: Rendering) throws -> TemplateValue {
        // Its variables belong to the thread of the rendering that made it.
        guard rendering === frame.rendering, !rendering.isOver else {
            throw TemplateProblem("the macro belongs to a rendering that is over")
        }
        return try rendering.nested {
            let inner = Frame(program.slotCount, context: frame.context, within: frame)
            program.entry.run(inner)
            try program.bind(arguments, inner)
            return .safe(try program.body.text(inner))
        }
    }
}
