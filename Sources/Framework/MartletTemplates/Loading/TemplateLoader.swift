/// Where templates come from.
public protocol TemplateLoader: Sendable {
    /// The template of this name; nothing when there is none.
    ///
    /// - Throws: ``TemplateProblem`` when there is one that cannot be read.
    func load(_ name: String) throws -> LoadedTemplate?

    /// The names that there are, for "did you mean". May be empty.
    var names: [String] { get }

    /// Where it looks, for people: "the folder templates".
    var place: String { get }
}

/// The text of a template.
public struct LoadedTemplate: Sendable {
    public let text: String
    /// The file, for messages.
    public let path: String?
    /// Whether it is still what it was, in development; always if nothing is given.
    public let isCurrent: (@Sendable () -> Bool)?

    public init(text: String, path: String? = nil, isCurrent: (@Sendable () -> Bool)? = nil) {
        self.text = text
        self.path = path
        self.isCurrent = isCurrent
    }
}
