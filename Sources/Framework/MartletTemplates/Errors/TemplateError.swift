/// What is wrong with a template or with what it was given, and where: a text for the person who wrote it.
public struct TemplateError: Error, Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// The template is not one: nothing of it was rendered.
        case syntax
        /// No loader has a template of this name.
        case notFound
        /// A filter or a test that nobody has defined.
        case unknownFilter, unknownTest
        /// More was wanted of an undefined value than to print it.
        case undefined
        /// What the template does went wrong: a division by zero, a call of what is no function.
        case runtime
        /// The template took more than ``TemplateLimits`` allow.
        case limit
    }

    /// A template on the way to the one with the error, innermost first.
    public struct Step: Sendable, Equatable {
        /// "included", "imported", "extended", "called".
        public let action: String
        public let template: String
        public let line: Int
    }

    public let kind: Kind
    public let message: String
    public let template: String
    /// Where the template was read from, if from a file.
    public let path: String?
    /// From 1; 0 where the whole template is meant.
    public let line: Int
    /// From 1, in characters.
    public let column: Int
    /// The line with a caret below the place.
    public let excerpt: String
    public internal(set) var steps: [Step] = []

    init(_ message: String, kind: Kind, at place: Place) {
        self.kind = kind
        self.message = message
        template = place.source.name
        path = place.source.path
        line = place.line
        column = place.column
        excerpt = place.source.excerpt(line: place.line, column: place.column)
    }

    init(_ message: String, kind: Kind, template: String) {
        self.kind = kind
        self.message = message
        self.template = template
        path = nil
        (line, column, excerpt) = (0, 0, "")
    }
}

extension TemplateError: CustomStringConvertible {
    /// `page.html:3:7: message`, the excerpt, and how the template was reached.
    public var description: String {
        var text = line > 0 ? "\(path ?? template):\(line):\(column): \(message)" : "\(template): \(message)"
        if !excerpt.isEmpty { text += "\n\(excerpt)" }
        for step in steps { text += "\n  \(step.action) by \(step.template):\(step.line)" }
        return text
    }
}
