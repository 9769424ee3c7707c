/// One setting and the value that a command line or a file gives it.
package struct SettingChange<Root: Sendable>: Sendable {
    package let name: String
    package let key: String
    /// As it was written.
    package let text: String
    /// What may be there only once; nil for what may be repeated.
    let identity: String?
    /// Whether another value of the same setting contradicts it.
    let standsAlone: Bool
    /// The second argument: whether it is the first value that is given to this setting, which then replaces the default.
    let apply: @Sendable (inout Root, Bool) -> Void
}

/// What makes several values of one setting a contradiction.
package enum SettingConflict: Equatable {
    /// The same value, as it reads, and which one was the first.
    case twice(String, first: Int)
    /// A value such as `none`, beside another one.
    case notAlone(String)
}

extension Array {
    /// Makes the changes, in their order.
    package func apply<Root>(to root: inout Root) where Element == SettingChange<Root> {
        var given: Set<String> = []
        for change in self { change.apply(&root, given.insert(change.name).inserted) }
    }

    /// The first contradiction among the changes, and which of them makes it.
    package func conflict<Root>() -> (index: Int, SettingConflict)? where Element == SettingChange<Root> {
        for (index, change) in enumerated() {
            let others = enumerated().filter { $0.offset != index && $0.element.name == change.name }
            if change.standsAlone, !others.isEmpty { return (index, .notAlone(change.text)) }
            guard let identity = change.identity else { continue }
            if let first = others.first(where: { $0.offset < index && $0.element.identity == identity }) {
                return (index, .twice(identity, first: first.offset))
            }
        }
        return nil
    }
}
