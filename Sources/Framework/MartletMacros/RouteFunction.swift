#if Decorators
internal import SwiftSyntax

/// The function that a decorator stands at, as far as its spelling says.
struct RouteFunction {
    let declaration: FunctionDeclSyntax
    /// Without backticks.
    let name: String
    /// The type that it is a static member of, as it is called within that type.
    let owner: String?
    let parameters: [RouteParameter]
    /// Whether a call has to be awaited.
    let isWaiting: Bool
    /// The type that it returns, in parentheses where a metatype needs them; nil where its spelling is none that can stand alone.
    let answer: String?

    init(
        _ declaration: some DeclSyntaxProtocol,
        _ decorator: Decorator,
        within context: [Syntax]
    ) throws(RouteFault) {
        guard let function = declaration.as(FunctionDeclSyntax.self) else {
            throw RouteFault(decorator.node, "`@\(decorator.title)` stands before a function")
        }
        self.declaration = function
        name = function.name.text.withoutBackticks
        owner = try Self.owner(of: function, context)
        try Self.checkShape(of: function)
        var parameters: [RouteParameter] = []
        for parameter in function.signature.parameterClause.parameters {
            parameters.append(try RouteParameter(parameter))
        }
        self.parameters = parameters
        answer = function.signature.returnClause.flatMap { Self.nameOfValue($0.type) }
        isWaiting = function.signature.effectSpecifiers?.asyncSpecifier != nil || Self.isOfActor(function, context)
    }

    private static func nameOfValue(_ type: TypeSyntax) -> String? {
        let isOpaque = type.tokens(viewMode: .sourceAccurate).contains { ["some", "Self", "!"].contains($0.text) }
        if isOpaque || type.is(AttributedTypeSyntax.self) { return nil }
        return type.is(SomeOrAnyTypeSyntax.self) || type.is(CompositionTypeSyntax.self)
            ? "(\(type.trimmedDescription))" : type.trimmedDescription
    }

    /// Errors that the compiler would report within the expansion, in its words.
    private static func checkShape(of function: FunctionDeclSyntax) throws(RouteFault) {
        if let generics = function.genericParameterClause {
            throw RouteFault(generics, "a route cannot be generic: nobody would say what its types are")
        }
        let result = function.signature.returnClause?.type
        guard let result, !["Void", "()", "Swift.Void"].contains(result.trimmedDescription) else {
            throw RouteFault(
                function.name,
                "'\(function.name.text.withoutBackticks)' returns nothing to answer with; return a String, HTML, a Response, a status or something Encodable"
            )
        }
        if result.trimmedDescription == "URLPath" {
            throw RouteFault(
                result,
                "a route cannot return a URLPath; return `request.redirect(…)`, or its text"
            )
        }
    }

    private static func owner(of function: FunctionDeclSyntax, _ context: [Syntax]) throws(RouteFault) -> String? {
        guard let innermost = context.first else { return nil }
        for node in context {
            guard node.isProtocol((any DeclGroupSyntax).self) else {
                throw RouteFault(function.name, "a route cannot be a local function: nobody could call it from outside")
            }
            if node.is(ProtocolDeclSyntax.self) {
                throw RouteFault(function.name, "a route cannot be in a protocol: each type would have one")
            }
            let generics = node.asProtocol((any WithGenericParametersSyntax).self)
            if generics?.genericParameterClause != nil
                || node.as(ExtensionDeclSyntax.self)?.genericWhereClause != nil
            {
                throw RouteFault(
                    function.name,
                    "a route cannot be in a generic type: nobody would say what its types are"
                )
            }
        }
        guard function.modifiers.contains(where: { ["static", "class"].contains($0.name.text) }) else {
            throw RouteFault(
                function.name,
                "a route in a type must be 'static': a request comes without an instance of it",
                [RouteFault.Correction("insert 'static'", function, by: function.madeStatic)]
            )
        }
        if let part = innermost.as(ExtensionDeclSyntax.self) { return part.extendedType.trimmedDescription }
        return innermost.asProtocol((any NamedDeclSyntax).self)?.name.text
    }

    /// Whether the function is to be called on a global actor. A name is all there is to see of it. A type has its own, not that of the
    /// type around it.
    private static func isOfActor(_ function: FunctionDeclSyntax, _ context: [Syntax]) -> Bool {
        if function.modifiers.contains(where: { $0.name.text == "nonisolated" }) { return false }
        let type = context.first?.asProtocol((any WithAttributesSyntax).self)
        return (Array(function.attributes) + Array(type?.attributes ?? [])).contains {
            $0.as(AttributeSyntax.self)?.attributeName.trimmedDescription.hasSuffix("Actor") == true
        }
    }
}

extension FunctionDeclSyntax {
    fileprivate var madeStatic: FunctionDeclSyntax {
        var function = self
        let modifier = DeclModifierSyntax(name: .keyword(.static, trailingTrivia: .space))
        if modifiers.isEmpty {
            function.modifiers = [modifier.with(\.leadingTrivia, funcKeyword.leadingTrivia)]
            function.funcKeyword.leadingTrivia = []
        } else {
            function.modifiers.append(modifier)
        }
        return function
    }
}

extension String {
    var withoutBackticks: String { first == "`" && last == "`" && count > 2 ? String(dropFirst().dropLast()) : self }
}
#endif
