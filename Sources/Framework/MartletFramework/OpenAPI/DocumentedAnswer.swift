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

extension String: DocumentedAnswer {
    static var documentation: AnswerDocumentation { AnswerDocumentation(mediaType: "text/plain", type: String.self) }
}

extension HTML: DocumentedAnswer {
    static var documentation: AnswerDocumentation { AnswerDocumentation(mediaType: "text/html", type: String.self) }
}

extension JSON: DocumentedAnswer {
    static var documentation: AnswerDocumentation {
        let wrapped = (Value.self as? any OptionalType.Type)?.wrapped
        return AnswerDocumentation(
            mediaType: "application/json",
            type: wrapped ?? Value.self,
            isOptional: wrapped != nil
        )
    }
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
