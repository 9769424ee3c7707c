/// Where in a template code is made for: which scope, and what holds there.
struct CodeContext {
    let scope: Scope
    /// Outside of loops, blocks and macros: what is assigned here, others see.
    var isTopLevel = false
    /// Outside of conditions too.
    var isRootLevel = false
    /// Whether text is written only as long as the template extends no other.
    var checksOutput = false
    /// Below a condition: an unknown filter is an error only when it is reached.
    var isSoft = false
    /// Where a filter finds the text of its block.
    var bodyText: VariablePlace?

    /// For a scope within this one.
    func inner(function: FunctionLayout? = nil) -> CodeContext {
        var inner = CodeContext(scope: Scope(within: scope, function: function ?? scope.function))
        inner.checksOutput = checksOutput
        return inner
    }

    /// For a branch of a condition.
    func soft() -> CodeContext {
        var soft = self
        soft.isRootLevel = false
        soft.isSoft = true
        return soft
    }

    func place(of slot: Slot) -> VariablePlace {
        VariablePlace(hops: scope.function.depth - slot.depth, index: slot.index)
    }

    /// A name that the analysis has not met is looked up when its scope is entered.
    func place(of name: String) -> VariablePlace {
        scope.load(name)
        return scope.find(name).map(place) ?? VariablePlace(hops: 0, index: scope.function.newSlot().index)
    }

    /// What the variables of the scope start with. To be asked when all of its code is made.
    func entry(where isWanted: (String?, Scope.Start) -> Bool = { _, _ in true }) -> ScopeEntry {
        var names: [Slot: String] = [:]
        for (name, slot) in scope.slots { names[slot] = name }
        return ScopeEntry(
            starts: scope.starts.compactMap { slot, start in
                guard isWanted(names[slot], start) else { return nil }
                switch start {
                case .parameter: return nil
                case .resolve(let name): return (slot.index, .resolve(name))
                case .alias(let outer): return (slot.index, .copy(place(of: outer)))
                case .undefined: return (slot.index, .undefined)
                }
            }
        )
    }

    /// What an included template or a scoped block sees.
    func locals() -> [(name: String, place: VariablePlace)] {
        scope.visibleStores().map { ($0.name, place(of: $0.slot)) }
    }
}
