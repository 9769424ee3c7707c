/// Something that a template can call: `{{ url_for("page", id=3) }}`.
public final class TemplateFunction: Sendable {
    public typealias Body = @Sendable (TemplateArguments) throws -> TemplateValue

    /// What messages call it.
    public let name: String
    private let body: Body

    /// - Parameters:
    ///   - name: what messages call it.
    ///   - body: an error that it throws is shown with the place in the template that called it.
    public init(_ name: String, _ body: @escaping Body) {
        self.name = name
        self.body = body
    }

    func call(_ arguments: TemplateArguments) throws -> TemplateValue { try body(arguments) }
}

extension TemplateValue {
    public static func function(_ name: String, _ body: @escaping TemplateFunction.Body) -> TemplateValue {
        .function(TemplateFunction(name, body))
    }
}
