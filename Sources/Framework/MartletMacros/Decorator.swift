#if Decorators
internal import MartletRoutePatterns
internal import SwiftParser
internal import SwiftSyntax

/// One decorator as it is written: `@GET("/users/<int:id>", name: "user")`.
struct Decorator {
    /// Without the at sign: `GET`.
    let title: String
    let node: AttributeSyntax
    let literal: StringLiteralExprSyntax
    let pattern: RoutePattern
    /// As an expression of Swift.
    let methods: String
    let name: StringLiteralExprSyntax?

    private static let verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

    init(_ node: AttributeSyntax) throws(RouteFault) {
        self.node = node
        title = Self.title(of: node)
        let arguments = node.arguments?.as(LabeledExprListSyntax.self)
        guard let first = arguments?.first(where: { $0.label == nil })?.expression else {
            throw RouteFault(node, "`@\(title)` needs a pattern: @\(title)(\"/users/<int:id>\")")
        }
        (literal, pattern) = try Self.pattern(first, title)
        methods = try Self.methods(arguments?.first { $0.label?.text == "methods" }?.expression, node, title)
        let name = arguments?.first { $0.label?.text == "name" }?.expression
        if let name, !name.is(NilLiteralExprSyntax.self), name.as(StringLiteralExprSyntax.self) == nil {
            throw RouteFault(name, "the name of a route is written as plain text between quotes")
        }
        self.name = name?.as(StringLiteralExprSyntax.self)
    }

    /// The decorators of a function, in their order.
    static func all(of function: FunctionDeclSyntax) -> [AttributeSyntax] {
        function.attributes.compactMap { $0.as(AttributeSyntax.self) }
            .filter { verbs.contains(title(of: $0)) || title(of: $0) == "ROUTE" }
    }

    /// Whoever has something else of this name writes `@Martlet.GET`.
    private static func title(of node: AttributeSyntax) -> String {
        let name = node.attributeName.trimmedDescription
        return name.split { $0 == "." || $0 == ":" }.last.map(String.init) ?? name
    }

    private static func pattern(
        _ expression: ExprSyntax,
        _ title: String
    ) throws(RouteFault) -> (StringLiteralExprSyntax, RoutePattern) {
        guard let literal = expression.as(StringLiteralExprSyntax.self), let text = literal.representedLiteralValue
        else {
            throw RouteFault(expression, "a pattern is written as plain text between quotes, so that it can be checked")
        }
        do throws(RoutePattern.Malformed) {
            return (literal, try RoutePattern(parsing: text))
        } catch {
            let corrections = error.correction.map { correction in
                [
                    RouteFault.Correction(
                        correction.written.isEmpty
                            ? "insert '\(correction.meant)'"
                            : "write '\(correction.meant)' instead of '\(correction.written)'",
                        literal,
                        by: literal.replacing(correction.written, by: correction.meant)
                    )
                ]
            }
            throw RouteFault(literal, "@\(title)(\"\(text)\"): \(error)", corrections ?? [])
        }
    }

    private static func methods(
        _ expression: ExprSyntax?,
        _ node: AttributeSyntax,
        _ title: String
    ) throws(RouteFault) -> String {
        guard title == "ROUTE" else { return "[.\(title.lowercased())]" }
        guard let expression, expression.as(ArrayExprSyntax.self)?.elements.isEmpty != true else {
            throw RouteFault(node, "`@ROUTE` needs methods: [.get, .post]")
        }
        return expression.trimmedDescription
    }
}

extension StringLiteralExprSyntax {
    /// This literal with the first occurrence of a piece replaced; an empty piece is at the start.
    func replacing(_ piece: String, by other: String) -> StringLiteralExprSyntax {
        guard let segment = segments.first?.as(StringSegmentSyntax.self) else { return self }
        let text = segment.content.text
        let place = piece.isEmpty ? text.startIndex..<text.startIndex : text.firstRange(of: piece)
        guard let place else { return self }
        return with(\.segments, [.stringSegment(segment.with(\.content, .stringSegment(text.replacing(place, other))))])
    }
}

extension String {
    fileprivate func firstRange(of piece: String) -> Range<Index>? {
        indices.lazy.map { self[$0...] }.first { $0.hasPrefix(piece) }
            .map { $0.startIndex..<$0.index($0.startIndex, offsetBy: piece.count) }
    }

    fileprivate func replacing(_ place: Range<Index>, _ other: String) -> String {
        self[..<place.lowerBound] + other + self[place.upperBound...]
    }
}
#endif
