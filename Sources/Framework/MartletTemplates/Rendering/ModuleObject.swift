/// An imported template: its macros and variables, and what it prints.
final class ModuleObject: TemplateObject {
    let name: String
    let text: String
    private let exported: [String: TemplateValue]

    init(_ template: CompiledTemplate, _ context: Context) throws {
        var output = Output(limit: context.rendering.limits.output)
        try template.run(context, &output)
        name = template.name
        text = output.text
        exported = context.variables.filter { context.exported.contains($0.key) }
    }

    var typeName: String { "TemplateModule" }
    var isSafe: Bool { true }
    var attributeNames: [String] { Array(exported.keys) }

    /// What it is in a list that is printed.
    var representation: String { "<TemplateModule \(ValueText.repr(.string(name)))>" }

    func attribute(_ name: String) throws -> TemplateValue? { exported[name] }
}
