#if Decorators
internal import MartletRoutePatterns
internal import SwiftSyntax

/// A parameter of a decorated function, as it is spelled.
struct RouteParameter {
    let node: FunctionParameterSyntax
    /// What a call writes before its value, with the colon; empty for `_`.
    let label: String
    /// What its function knows it by, as it is written.
    let name: String
    /// What a pattern may call it.
    let names: [String]
    /// Without `sending` and the like.
    let type: TypeSyntax

    var typeName: String { type.trimmedDescription }
    var hasDefault: Bool { node.defaultValue != nil }
    var isRequest: Bool { ["Request", "Martlet.Request", "MartletGateway.Request"].contains(typeName) }

    init(_ node: FunctionParameterSyntax) throws(RouteFault) {
        self.node = node
        let inner = node.secondName ?? node.firstName
        label = node.firstName.text == "_" ? "" : "\(Self.label(node.firstName.text)): "
        name = inner.text
        names = [inner.text, node.firstName.text].map(\.withoutBackticks).filter { $0 != "_" }
        let attributed = node.type.as(AttributedTypeSyntax.self)
        type = attributed?.baseType ?? node.type
        if node.ellipsis != nil || attributed?.specifiers.contains(where: { $0.trimmedDescription == "inout" }) == true
        {
            throw RouteFault(node, "a route takes plain values, neither `inout` nor `…` ones")
        }
        if type.is(SomeOrAnyTypeSyntax.self), type.trimmedDescription.hasPrefix("some ") {
            throw RouteFault(node.type, "a route cannot be generic: nobody would say what its types are")
        }
    }

    /// Most keywords need no backticks before a colon, and the compiler warns of those that are not needed.
    private static func label(_ text: String) -> String {
        let bare = text.withoutBackticks
        let isPlainWord = bare.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
        return isPlainWord && !["inout", "let", "var"].contains(bare) ? bare : text
    }

    /// The converter that stands for a type of the standard library; nil for every other type.
    var converter: PathConverter? { Self.converters[typeName.withoutModule] }

    /// Whether its values come from a path or from nowhere.
    var isPlain: Bool { converter != nil || Self.others.contains(typeName.withoutModule) }

    /// The type that a converter is usually taken as.
    static func type(for converter: PathConverter?) -> String {
        switch converter {
        case .int: "Int"
        case .float: "Double"
        case .uuid: "UUID"
        case .string, .path, .any, nil: "String"
        }
    }

    private static let converters: [String: PathConverter] = [
        "String": .string, "Double": .float, "UUID": .uuid, "Int": .int, "Int64": .int, "Int32": .int, "UInt": .int,
        "UInt64": .int, "UInt32": .int, "UInt16": .int, "UInt8": .int,
    ]

    private static let others: Set<String> = ["Bool", "Float", "Character", "Substring", "Int8", "Int16"]
}

extension String {
    fileprivate var withoutModule: String {
        for module in ["Swift.", "Foundation.", "FoundationEssentials."] where hasPrefix(module) {
            return String(dropFirst(module.count))
        }
        return self
    }
}
#endif
