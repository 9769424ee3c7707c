/// A compiled block. It has variables of its own, and finds everything else in the context.
final class BlockProgram: Sendable {
    let name: String
    let entry: ScopeEntry
    let body: Body
    let slotCount: Int
    /// Where `self` and `super` are kept, when they are used.
    let selfIndex: Int?
    let superIndex: Int?
    let place: Place

    init(
        name: String,
        entry: ScopeEntry,
        body: Body,
        slotCount: Int,
        selfIndex: Int?,
        superIndex: Int?,
        at place: Place
    ) {
        self.name = name
        self.entry = entry
        self.body = body
        self.slotCount = slotCount
        self.selfIndex = selfIndex
        self.superIndex = superIndex
        self.place = place
    }

    func run(_ context: Context, _ output: inout Output) throws {
        try context.rendering.nested {
            let frame = Frame(slotCount, context: context)
            if let selfIndex { frame[selfIndex] = .object(SelfObject(context)) }
            if let superIndex { frame[superIndex] = parent(in: context) }
            entry.run(frame)
            _ = try body.execute(frame, &output)
        }
    }

    private func parent(in context: Context) -> TemplateValue {
        let stack = context.blocks[name] ?? []
        let own = stack.firstIndex { $0 === self } ?? stack.count
        return BlockReference.value(name, context, depth: own + 1)
    }
}

/// `{% block name %}`: the block of that name of the template that extends the most.
final class BlockNode: StatementNode {
    let name: String
    let isRequired: Bool
    /// The variables that a scoped block sees.
    let locals: [(name: String, place: VariablePlace)]?
    let place: Place

    init(_ name: String, isRequired: Bool, locals: [(name: String, place: VariablePlace)]?, at place: Place) {
        self.name = name
        self.isRequired = isRequired
        self.locals = locals
        self.place = place
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        let stack = frame.context.blocks[name] ?? []
        if isRequired, stack.count <= 1 {
            throw place.error("the block '\(name)' is required, and no template that extends this one has it")
        }
        guard let block = stack.first else { return .onwards }
        let context = locals.map { frame.context.derived($0.values(in: frame)) } ?? frame.context
        do {
            try block.run(context, &output)
        } catch {
            throw place.leading("filled in", to: place.error(error, in: frame), isSame: place.source)
        }
        return .onwards
    }
}

extension [(name: String, place: VariablePlace)] {
    /// Those that have been assigned.
    func values(in frame: Frame) -> [String: TemplateValue] {
        var values: [String: TemplateValue] = [:]
        for (name, place) in self {
            let value = place.read(frame)
            if case .undefined(let reason) = value, reason.isMissing { continue }
            values[name] = value
        }
        return values
    }
}
