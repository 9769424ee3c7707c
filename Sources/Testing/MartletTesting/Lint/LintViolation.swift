/// A breach of the interface's rules, found by ``Lint``.
public struct LintViolation: Error, Sendable, Hashable, CustomStringConvertible {
    /// Who broke the rule.
    public enum Side: String, Sendable {
        case application
        case server
    }

    public let side: Side
    /// The number of the rule in the documentation of `Application`; nil for the grammar of HTTP.
    public let rule: Int?
    /// What happened, as a sentence.
    public let sentence: String

    public var description: String {
        "The \(side.rawValue) broke \(rule.map { "rule \($0)" } ?? "HTTP's grammar"): \(sentence)"
    }
}
