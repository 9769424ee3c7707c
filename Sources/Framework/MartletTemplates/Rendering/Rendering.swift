/// One rendering: what it may use, and how much it has taken.
///
/// One thread runs it. Values that it made, such as macros, may outlive it, but refuse to run in another one.
final class Rendering: @unchecked Sendable {
    let templates: TemplateEngine
    /// Given with this rendering, and known to imported templates too.
    let globals: [String: TemplateValue]
    /// Given with this rendering: what is imported without the context does not know it.
    let given: [String: TemplateValue]
    private var depth = 0
    private var iterations = 0
    private var modules: [ObjectIdentifier: ModuleObject] = [:]
    /// Those that a macro was defined in: it holds them, and they hold it.
    private var definingFrames: [Frame] = []
    private(set) var isOver = false

    init(_ templates: TemplateEngine, globals: [String: TemplateValue], given: [String: TemplateValue]) {
        self.templates = templates
        self.globals = globals
        self.given = given
    }

    var limits: TemplateLimits { templates.options.limits }

    /// One level deeper for as long as `body` runs.
    func nested<Result>(_ body: () throws -> Result) throws -> Result {
        guard depth < limits.depth else {
            throw TemplateProblem(
                "macros, blocks and templates call each other more than \(limits.depth) deep (TemplateLimits.depth)",
                kind: .limit
            )
        }
        try ThreadStack.check()
        depth += 1
        defer { depth -= 1 }
        return try body()
    }

    func countIteration() throws {
        iterations += 1
        if iterations > limits.iterations {
            throw TemplateProblem(
                "more than \(limits.iterations) rounds of loops (TemplateLimits.iterations)",
                kind: .limit
            )
        }
    }

    func keep(_ frame: Frame) { definingFrames.append(frame) }

    /// Lets go of everything that holds itself.
    func end() {
        isOver = true
        modules = [:]
        for frame in definingFrames { frame.clear() }
        definingFrames = []
    }

    /// What a template exports that is imported without the context: once in a rendering.
    func module(of template: CompiledTemplate) throws -> ModuleObject {
        if let module = modules[ObjectIdentifier(template)] { return module }
        let module = try ModuleObject(template, Context(self, template))
        modules[ObjectIdentifier(template)] = module
        return module
    }
}
