/// What a loop runs over, and what it does in every round.
final class LoopProgram: Sendable {
    let target: TargetPlace
    /// `for … if test`, with a scope of its own.
    let test: (entry: ScopeEntry, target: TargetPlace, expression: any ExpressionNode)?
    /// What is found once, and what every round starts with.
    let entry: ScopeEntry
    let roundEntry: ScopeEntry
    let body: Body
    let otherwise: (entry: ScopeEntry, body: Body)?
    /// Where `loop` is kept, when it is used.
    let loop: VariablePlace?
    let place: Place

    init(
        target: TargetPlace,
        test: (entry: ScopeEntry, target: TargetPlace, expression: any ExpressionNode)?,
        entry: ScopeEntry,
        roundEntry: ScopeEntry,
        body: Body,
        otherwise: (entry: ScopeEntry, body: Body)?,
        loop: VariablePlace?,
        at place: Place
    ) {
        self.target = target
        self.test = test
        self.entry = entry
        self.roundEntry = roundEntry
        self.body = body
        self.otherwise = otherwise
        self.loop = loop
        self.place = place
    }

    func run(
        _ elements: [TemplateValue],
        _ context: @autoclosure () -> LoopContext,
        _ frame: Frame,
        _ output: inout Output
    ) throws {
        entry.run(frame)
        test?.entry.run(frame)
        var elements = elements
        var isFiltered = test == nil
        // `loop` knows how many there are; otherwise each is looked at when it is its turn.
        if loop != nil, test != nil {
            elements = try elements.filter { try passes($0, frame) }
            isFiltered = true
        }
        let state = loop.map { _ in context() }
        state?.elements = elements
        if let loop, let state { loop.write(.object(state), frame) }
        // What is the same in every round is asked for once: a round of a table is shorter than the asking.
        let (rendering, isEntered) = (frame.rendering, !roundEntry.isEmpty)
        var variable: Int?
        if case .variable(let place) = target, place.hops == 0 { variable = place.index }
        var isWithoutRound = true
        for index in elements.indices {
            let element = elements[index]
            if !isFiltered, try !passes(element, frame) { continue }
            state?.index0 = index
            do {
                try rendering.countIteration()
                if let variable { frame[variable] = element } else { try target.assign(element, frame) }
            } catch {
                throw place.error(error, in: frame)
            }
            if isEntered { roundEntry.run(frame) }
            let flow = try body.execute(frame, &output)
            if flow == .onwards { isWithoutRound = false }
            if flow == .leaveLoop { break }
        }
        // `loop` in the branch without a round is that of the loop around.
        if isWithoutRound, let otherwise {
            otherwise.entry.run(frame)
            _ = try otherwise.body.execute(frame, &output)
        }
    }

    private func passes(_ element: TemplateValue, _ frame: Frame) throws -> Bool {
        guard let test else { return true }
        do { try test.target.assign(element, frame) } catch { throw place.error(error, in: frame) }
        return try test.expression.evaluate(frame).isTrue
    }
}

/// `{% for target in iterable %}`
final class LoopNode: StatementNode {
    let iterable: any ExpressionNode
    let program: LoopProgram

    init(_ iterable: any ExpressionNode, _ program: LoopProgram) {
        self.iterable = iterable
        self.program = program
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        let value = try iterable.evaluate(frame)
        let elements: [TemplateValue]
        do { elements = try Iteration.elements(of: value) } catch { throw program.place.error(error, in: frame) }
        try program.run(elements, LoopContext(depth0: 0, recursion: nil), frame, &output)
        return .onwards
    }
}

/// `{% for target in iterable recursive %}`: `loop(…)` runs it again, with variables of its own.
final class RecursiveLoopNode: StatementNode {
    let iterable: any ExpressionNode
    let program: LoopProgram
    let slotCount: Int

    init(_ iterable: any ExpressionNode, _ program: LoopProgram, slotCount: Int) {
        self.iterable = iterable
        self.program = program
        self.slotCount = slotCount
    }

    func execute(_ frame: Frame, _ output: inout Output) throws -> Flow {
        let value = try iterable.evaluate(frame)
        do {
            try run(over: value, depth0: 0, frame, &output)
        } catch {
            throw program.place.error(error, in: frame)
        }
        return .onwards
    }

    func run(over value: TemplateValue, depth0: Int, _ frame: Frame, _ output: inout Output) throws {
        let elements = try Iteration.elements(of: value)
        let inner = Frame(slotCount, context: frame.context, within: frame)
        try frame.rendering.nested {
            frame.keep()
            let recursion = LoopContext.Recursion(node: self, frame: frame)
            try program.run(elements, LoopContext(depth0: depth0, recursion: recursion), inner, &output)
        }
    }
}
