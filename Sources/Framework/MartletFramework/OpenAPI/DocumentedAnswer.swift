internal import HTTPTypes

/// What a handler returns, if its type says what that will be.
protocol DocumentedAnswer {
    static var documentation: AnswerDocumentation { get }
}

struct AnswerDocumentation {
    var mediaType: String
    var type: Any.Type
    /// Whether it may be missing, which is a 404.
    var isOptional = false
}

extension AnswerDocumentation {
    /// What a handler returns; nil where that does not say what is answered.
    init?(of type: Any.Type) {
        if let documented = type as? any DocumentedAnswer.Type {
            self = documented.documentation
        } else if type is any Encodable.Type, !(type is any ResponseConvertible.Type) {
            self.init(encoding: type)
        } else {
            return nil
        }
    }

    fileprivate init(encoding type: Any.Type) {
        let wrapped = (type as? any OptionalType.Type)?.wrapped
        self.init(mediaType: "application/json", type: wrapped ?? type, isOptional: wrapped != nil)
    }
}

extension String: DocumentedAnswer {
    static var documentation: AnswerDocumentation { AnswerDocumentation(mediaType: "text/plain", type: String.self) }
}

extension HTML: DocumentedAnswer {
    static var documentation: AnswerDocumentation { AnswerDocumentation(mediaType: "text/html", type: String.self) }
}

extension JSON: DocumentedAnswer {
    static var documentation: AnswerDocumentation { AnswerDocumentation(encoding: Value.self) }
}

extension Optional: DocumentedAnswer where Wrapped: DocumentedAnswer {
    static var documentation: AnswerDocumentation {
        var documentation = Wrapped.documentation
        documentation.isOptional = true
        return documentation
    }
}

private protocol OptionalType {
    static var wrapped: Any.Type { get }
}

extension Optional: OptionalType {
    fileprivate static var wrapped: Any.Type { Wrapped.self }
}
