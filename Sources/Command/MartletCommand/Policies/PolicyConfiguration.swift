import MartletPolicies
import MartletServer

/// A policy as a file says it: a table of settings, or in short the value of one of them.
protocol PolicyConfiguration: Configurable {
    /// The key of a route, of a site, or at the top of the file.
    static var key: String { get }
    /// Where it is kept.
    static var path: any WritableKeyPath<PolicySettings, PolicyChoice<Self>> & Sendable { get }
    /// What it is for: a sentence.
    static var summary: String { get }
    /// The key of the setting that a value alone is for; nil if there is none.
    static var shorthand: String? { get }
    /// Whether `true` says enough.
    static var isCompleteByDefault: Bool { get }

    /// What is wrong with its settings taken together, without looking at files.
    func check() throws(PolicyError)
    /// What counts of this where `outer` is said further out.
    func within(_ outer: Self) -> Self
}

extension PolicyConfiguration {
    static var shorthand: String? { nil }
    static var isCompleteByDefault: Bool { false }

    func check() throws(PolicyError) {}
    func within(_ outer: Self) -> Self { self }
}

/// What a route, a site or the top of a file says about a policy.
enum PolicyChoice<Value: PolicyConfiguration>: Sendable {
    /// Nothing: what is said further out counts.
    case unsaid
    /// `false`: none, whatever is said further out.
    case off
    case on(Value, RoutePlaces)

    /// The keys that lead to where it is said.
    var place: String {
        if case .on(_, let places) = self { places.path.dotted } else { "" }
    }

    /// What counts of this where `outer` is said further out.
    func within(_ outer: PolicyChoice) -> PolicyChoice {
        switch (self, outer) {
        case (.unsaid, _): outer
        case (.on(let value, let places), .on(let other, _)): .on(value.within(other), places)
        case (.off, _), (.on, _): self
        }
    }
}
