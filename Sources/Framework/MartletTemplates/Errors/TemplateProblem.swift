/// What is wrong, before it is known where: the place that evaluates adds it. Functions, filters and tests of the program
/// may throw it, to be shown with the template's line.
public struct TemplateProblem: Error, Sendable, CustomStringConvertible {
    public let message: String
    let kind: TemplateError.Kind
    /// A name without a value, where it was not known which names have one.
    let undefined: TemplateUndefined?

    public init(_ message: String) {
        self.init(message, kind: .runtime)
    }

    init(_ message: String, kind: TemplateError.Kind, isPlainName undefined: TemplateUndefined? = nil) {
        self.message = message
        self.kind = kind
        self.undefined = undefined
    }

    public var description: String { message }
}
