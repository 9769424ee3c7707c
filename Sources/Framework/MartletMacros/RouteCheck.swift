#if Decorators
internal import MartletBytes
internal import MartletRoutePatterns
internal import SwiftSyntax
internal import SwiftSyntaxBuilder

/// Holds a function against its pattern, by spelling; types are left to the compiler.
struct RouteCheck {
    private let decorator: Decorator
    private let function: RouteFunction
    private(set) var faults: [RouteFault] = []

    init(_ decorator: Decorator, _ function: RouteFunction) {
        self.decorator = decorator
        self.function = function
    }

    /// Where each parameter gets its value from, in the order of the function; those that keep their default are left out.
    mutating func arguments() -> [RouteArgument] {
        var sources: [Int: RouteArgument.Source] = [:]
        for placeholder in decorator.pattern.parameters {
            guard let index = function.parameters.firstIndex(where: { $0.names.contains(placeholder.name) }) else {
                if let blamed = refuse(placeholder) { sources[blamed] = .path(placeholder) }
                continue
            }
            sources[index] = .path(placeholder)
            compare(placeholder, function.parameters[index])
        }
        for (index, parameter) in function.parameters.enumerated() where sources[index] == nil {
            if parameter.isRequest {
                sources[index] = .request
            } else if !parameter.hasDefault {
                if parameter.isPlain { refuse(parameter) } else { sources[index] = .extraction }
            }
        }
        return function.parameters.enumerated().compactMap { index, parameter in
            sources[index].map { RouteArgument(parameter: parameter, source: $0) }
        }
    }

    /// - Returns: the parameter that was probably meant.
    private mutating func refuse(_ placeholder: RoutePattern.Parameter) -> Int? {
        let written = placeholder.written
        let message = "`\(written)` matches no parameter of '\(function.name)'"
        let taken = Set(decorator.pattern.parameters.map(\.name))
        let free = function.parameters.indices.filter {
            !function.parameters[$0].isRequest && taken.isDisjoint(with: function.parameters[$0].names)
        }
        let near = NearMatch.closest(to: placeholder.name, among: free.flatMap { function.parameters[$0].names })
        guard let near, let index = free.first(where: { function.parameters[$0].names.contains(near) }) else {
            let added = "\(placeholder.name): \(RouteParameter.type(for: placeholder.converter))"
            let clause = function.declaration.signature.parameterClause
            faults.append(
                RouteFault(
                    decorator.literal,
                    message,
                    [.init("add the parameter '\(added)'", clause, by: clause.adding(added))]
                )
            )
            return nil
        }
        let meant = placeholder.converter.map { "<\($0):\(near)>" } ?? "<\(near)>"
        faults.append(
            RouteFault(
                decorator.literal,
                "\(message); did you mean `\(meant)`?",
                [
                    .init(
                        "rename the placeholder to '\(near)'",
                        decorator.literal,
                        by: decorator.literal.replacing("\(placeholder.name)>", by: "\(near)>")
                    )
                ]
            )
        )
        return index
    }

    /// The rule of the router, at compile time: text is taken as it is, a type of one's own decides by itself.
    private mutating func compare(_ placeholder: RoutePattern.Parameter, _ parameter: RouteParameter) {
        if let wrapped = parameter.type.as(OptionalTypeSyntax.self)?.wrappedType {
            faults.append(
                RouteFault(
                    parameter.node.type,
                    "`\(placeholder.written)` is there in every path that matches, so '\(placeholder.name)' is never nil",
                    [.init("write '\(wrapped.trimmedDescription)'", parameter.type, by: wrapped.trimmed)]
                )
            )
            return
        }
        guard let given = placeholder.converter, let own = parameter.converter, own != .string, own != given else {
            return
        }
        let type = RouteParameter.type(for: given)
        faults.append(
            RouteFault(
                parameter.node.type,
                "`\(placeholder.written)` gives \(type), but '\(placeholder.name)' is \(parameter.typeName)",
                [
                    .init(
                        "change the converter to '\(own)'",
                        decorator.literal,
                        by: decorator.literal.replacing(placeholder.written, by: "<\(own):\(placeholder.name)>")
                    ),
                    .init(
                        "change the type to '\(type)'",
                        parameter.type,
                        by: TypeSyntax(stringLiteral: type)
                    ),
                ]
            )
        )
    }

    private mutating func refuse(_ parameter: RouteParameter) {
        let name = parameter.names.first ?? parameter.name
        let converter = parameter.converter.map { $0 == .string ? "" : "\($0):" } ?? ""
        let piece = "<\(converter)\(name)>"
        let pattern = decorator.pattern.description
        let longer = pattern + (pattern.hasSuffix("/") ? "" : "/") + piece
        faults.append(
            RouteFault(
                parameter.node,
                "nothing in \"\(pattern)\" gives '\(name)'",
                parameter.converter == nil
                    ? []
                    : [
                        .init(
                            "add '\(piece)' to the pattern",
                            decorator.literal,
                            by: decorator.literal.replacing(pattern, by: longer)
                        )
                    ]
            )
        )
    }
}

extension RoutePattern.Parameter {
    fileprivate var written: String { converter.map { "<\($0):\(name)>" } ?? "<\(name)>" }
}

extension FunctionParameterClauseSyntax {
    fileprivate func adding(_ parameter: String) -> FunctionParameterClauseSyntax {
        var clause = self
        var list = Array(parameters)
        if let last = list.popLast() { list.append(last.with(\.trailingComma, .commaToken(trailingTrivia: .space))) }
        list.append("\(raw: parameter)")
        clause.parameters = FunctionParameterListSyntax(list)
        return clause
    }
}
#endif
