/// Which name means which variable in a part of a template: Jinja's rules, decided before anything runs.
///
/// A scope may read what is around it. What it assigns is its own: it starts with the value that the name has outside, and is
/// gone when the scope ends. That is why a loop cannot count in a variable from outside, and needs `namespace()`.
final class Scope {
    enum Start: Sendable, Equatable {
        /// Given when the scope is entered: loop variables, parameters.
        case parameter
        /// From what the template was given.
        case resolve(String)
        /// The value of the variable outside.
        case alias(Slot)
        case undefined
    }

    let parent: Scope?
    let function: FunctionLayout
    private(set) var slots: [String: Slot] = [:]
    /// How each variable starts, in the order in which they were found.
    private(set) var starts: [(slot: Slot, start: Start)] = []
    private(set) var stored: Set<String> = []
    /// The slots of all copies of this scope: a name has one.
    private let identity: Identity

    private final class Identity {
        var slots: [String: Slot] = [:]
    }

    init(within parent: Scope?, function: FunctionLayout) {
        self.parent = parent
        self.function = function
        identity = Identity()
    }

    private init(copyOf original: Scope) {
        parent = original.parent
        function = original.function
        identity = original.identity
        slots = original.slots
        starts = original.starts
        stored = original.stored
    }

    func find(_ name: String) -> Slot? { slots[name] ?? parent?.find(name) }

    private func define(_ name: String, _ start: Start) -> Slot {
        let slot = identity.slots[name] ?? function.newSlot()
        identity.slots[name] = slot
        slots[name] = slot
        setStart(of: slot, start)
        return slot
    }

    private func setStart(of slot: Slot, _ start: Start) {
        if let index = starts.firstIndex(where: { $0.slot == slot }) {
            starts[index].start = start
        } else {
            starts.append((slot, start))
        }
    }

    func load(_ name: String) {
        if find(name) == nil { _ = define(name, .resolve(name)) }
    }

    func store(_ name: String) {
        stored.insert(name)
        guard slots[name] == nil else { return }
        _ = define(name, parent?.find(name).map { .alias($0) } ?? .undefined)
    }

    @discardableResult
    func declareParameter(_ name: String) -> Slot {
        stored.insert(name)
        return define(name, .parameter)
    }

    /// What the branches of a condition do to the scope around them, each as if it were the one that runs.
    func merge(branches bodies: [(Scope) -> Void]) {
        let branches = bodies.map { body in
            let copy = Scope(copyOf: self)
            body(copy)
            return copy
        }
        let assigned = branches.reduce(into: Set<String>()) { $0.formUnion($1.stored) }.subtracting(stored)
        for branch in branches {
            slots.merge(branch.slots) { $1 }
            for (slot, start) in branch.starts { setStart(of: slot, start) }
            stored.formUnion(branch.stored)
        }
        // A branch that does not run must not leave these without a value that they have outside.
        for name in assigned.sorted() {
            guard let slot = find(name) else { continue }
            setStart(of: slot, parent?.find(name).map { .alias($0) } ?? .resolve(name))
        }
    }

    /// Every name that was assigned here or around here: what an included template sees.
    func visibleStores() -> [(name: String, slot: Slot)] {
        var found: [String: Slot] = [:]
        var scope: Scope? = self
        while let current = scope {
            for name in current.stored where found[name] == nil { found[name] = find(name) }
            scope = current.parent
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
