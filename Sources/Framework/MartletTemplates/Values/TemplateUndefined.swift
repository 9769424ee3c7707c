/// Why a value is undefined, for the error that follows when a template wants more of it than to print it.
public struct TemplateUndefined: Sendable {
    enum Reason: Sendable {
        case name(String)
        case attribute(String, of: TemplateValue)
        case element(TemplateValue, of: TemplateValue)
        case text(String)
    }

    private final class Box: Sendable {
        let reason: Reason
        init(_ reason: Reason) { self.reason = reason }
    }

    private let box: Box?

    /// No value was ever given. What reads it puts the name in.
    static let missing = TemplateUndefined()

    private init() { box = nil }

    init(_ reason: Reason) { box = Box(reason) }

    /// - Parameter text: a sentence that says what is not there.
    public init(_ text: String) { self.init(.text(text)) }

    var reason: Reason? { box?.reason }
    var isMissing: Bool { box == nil }

    /// What is undefined, as Jinja says it.
    public var message: String {
        switch reason {
        case .name(let name): "'\(name)' is undefined"
        case .attribute(let name, let value): "'\(value.typeName)' has no attribute '\(name)'"
        case .element(let key, let value): "'\(value.typeName)' has no element \(ValueText.repr(key))"
        case .text(let text): text
        case nil: "the value is undefined"
        }
    }
}
