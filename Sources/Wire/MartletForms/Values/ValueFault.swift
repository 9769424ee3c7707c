/// A value that an application asked for and that is missing, or is none of the type: the client's fault, 400.
public struct ValueFault: Error, Sendable, Hashable, CustomStringConvertible {
    public let name: String
    /// What came; nil if nothing did.
    public let value: String?
    /// What was expected: `a whole number`.
    public let expected: String
    /// What a type of the application says of it, as a sentence, where it is not known what it expects.
    public let problem: String?

    public init(name: String, value: String?, expected: String, problem: String? = nil) {
        self.name = name
        self.value = value
        self.expected = expected
        self.problem = problem
    }

    /// The status of the answer.
    public var status: Int { 400 }

    public var description: String {
        if let problem { return "The value \(QuotedText.of(name)) cannot be read. \(problem)" }
        guard let value else { return "The value \(QuotedText.of(name)) is missing: it has to be \(expected)." }
        return "The value \(QuotedText.of(name)) is \(QuotedText.of(value)), but it has to be \(expected)."
    }
}
