/// What the names mean that a template does not define itself, and what it defines at its top level.
final class Context {
    let rendering: Rendering
    let template: CompiledTemplate
    /// What is assigned outside of loops, blocks and macros. Templates that this one extends see it.
    private(set) var variables: [String: TemplateValue] = [:]
    private(set) var exported: Set<String> = []
    private let given: [String: TemplateValue]
    /// The context of the template that includes this one.
    private let outer: Context?
    /// The blocks of each name, those of the template that extends first.
    private(set) var blocks: [String: [BlockProgram]]

    init(
        _ rendering: Rendering,
        _ template: CompiledTemplate,
        given: [String: TemplateValue] = [:],
        within outer: Context? = nil,
        blocks: [String: [BlockProgram]]? = nil
    ) {
        self.rendering = rendering
        self.template = template
        self.given = given
        self.outer = outer
        self.blocks = blocks ?? template.blocks.mapValues { [$0] }
    }

    func resolve(_ name: String) -> TemplateValue? {
        if let value = variables[name] ?? given[name] { return value }
        if let outer { return outer.resolve(name) }
        return rendering.globals[name] ?? rendering.templates.globals[name]
    }

    func assign(_ name: String, _ value: TemplateValue, isExported: Bool) {
        variables[name] = value
        guard name.utf8.first != UInt8(ascii: "_") else { return }
        if isExported { exported.insert(name) } else { exported.remove(name) }
    }

    func clear() { variables = [:] }

    func add(_ parent: CompiledTemplate) {
        for (name, block) in parent.blocks { blocks[name, default: []].append(block) }
    }

    /// Everything that is known here besides the globals, as it is now.
    func snapshot(with locals: [String: TemplateValue]) -> [String: TemplateValue] {
        var all = outer?.snapshot(with: [:]) ?? [:]
        all.merge(given) { $1 }
        all.merge(variables) { $1 }
        all.merge(locals) { $1 }
        return all
    }

    /// For scoped blocks: as this one, with local variables.
    func derived(_ locals: [String: TemplateValue]) -> Context {
        Context(rendering, template, given: locals, within: self, blocks: blocks)
    }

    /// For "did you mean".
    var names: [String] {
        var names = Array(variables.keys) + given.keys
        names += outer?.names ?? (Array(rendering.globals.keys) + rendering.templates.globals.keys)
        return names
    }
}
