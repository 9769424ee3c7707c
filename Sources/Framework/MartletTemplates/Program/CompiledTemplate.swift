/// A template that is ready to run.
final class CompiledTemplate: Sendable {
    let source: TemplateSource
    let entry: ScopeEntry
    let body: Body
    let blocks: [String: BlockProgram]
    let slotCount: Int
    /// Where `self` is kept, when it is used.
    let selfIndex: Int?

    init(
        source: TemplateSource,
        entry: ScopeEntry,
        body: Body,
        blocks: [String: BlockProgram],
        slotCount: Int,
        selfIndex: Int?
    ) {
        self.source = source
        self.entry = entry
        self.body = body
        self.blocks = blocks
        self.slotCount = slotCount
        self.selfIndex = selfIndex
    }

    var name: String { source.name }

    /// Runs the template, then the one that it extends.
    func run(_ context: Context, _ output: inout Output) throws {
        let frame = Frame(slotCount, context: context)
        if let selfIndex { frame[selfIndex] = .object(SelfObject(context)) }
        entry.run(frame)
        _ = try body.execute(frame, &output)
        guard let parent = frame.extended else { return }
        try context.rendering.nested { try parent.run(context, &output) }
    }
}
