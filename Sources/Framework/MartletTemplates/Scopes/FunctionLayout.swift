/// What has variables of its own while it runs: a template, a block, a macro, a recursive loop. Loops and other scopes keep
/// theirs in the function that they are in.
final class FunctionLayout {
    /// How many functions this one is within.
    let depth: Int
    private(set) var count = 0

    init(within outer: FunctionLayout?) { depth = outer.map { $0.depth + 1 } ?? 0 }

    func newSlot() -> Slot {
        defer { count += 1 }
        return Slot(depth: depth, index: count)
    }
}

/// Where a variable is kept.
struct Slot: Hashable, Sendable {
    /// Of the function that has it.
    let depth: Int
    let index: Int
}
