/// A setting and the value that a command line or a file gives it.
package struct SettingChange<Root: Sendable>: Sendable {
    package let name: String
    package let key: String
    /// As it was written.
    package let text: String
    /// Identifies a value that may be given only once; nil if it may be repeated.
    let identity: String?
    /// Whether another value of the same setting contradicts it.
    let standsAlone: Bool
    /// The second argument: whether this is the first value of the setting, which replaces the default.
    let apply: @Sendable (inout Root, Bool) -> Void
}

/// How several values of one setting contradict each other.
package enum SettingConflict: Equatable {
    /// The same value twice; with its text, and the index of the first.
    case twice(String, first: Int)
    /// A value such as `none` together with another one.
    case notAlone(String)
}

extension Array {
    /// Applies the changes in order.
    package func apply<Root>(to root: inout Root) where Element == SettingChange<Root> {
        var given: Set<String> = []
        for change in self { change.apply(&root, given.insert(change.name).inserted) }
    }

    /// The first contradiction among the changes, and the index of the change that causes it.
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
