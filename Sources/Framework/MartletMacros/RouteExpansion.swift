#if Decorators
internal import MartletBytes
internal import MartletRoutePatterns
internal import SwiftSyntax
internal import SwiftSyntaxBuilder
internal import SwiftSyntaxMacros

/// What a decorator puts beside its function.
struct RouteExpansion {
    private let decorator: Decorator
    private let function: RouteFunction
    private let arguments: [RouteArgument]
    private let uniqueName: String
    private let file: String
    private let line: String

    init(
        _ decorator: Decorator,
        _ function: RouteFunction,
        _ arguments: [RouteArgument],
        in context: some MacroExpansionContext
    ) {
        self.decorator = decorator
        self.function = function
        self.arguments = arguments
        uniqueName = context.makeUniqueName(Self.baseName(decorator, function)).text
        let location = context.location(of: decorator.node, at: .afterLeadingTrivia, filePathMode: .fileID)
        file = location?.file.trimmedDescription ?? "#fileID"
        line = location?.line.trimmedDescription ?? "#line"
    }

    var declarations: [DeclSyntax] { hasBuilder ? [record, builder] : [record] }

    /// Unique among overloads, which the compiler's own unique names are not, and the same after an edit further up in the file.
    private static func baseName(_ decorator: Decorator, _ function: RouteFunction) -> String {
        let types = function.parameters.map { "\($0.label)\($0.typeName)" }.joined(separator: ",")
        // FNV-1a: the number is the same in every build.
        let hash = "\(decorator.node.trimmedDescription) \(types)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        let name = function.name.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return "route_\(name)_\(String(hash, radix: 36))"
    }

    // MARK: - The record

    private var record: DeclSyntax {
        let isStatic = function.owner == nil ? "" : "static "
        let types = decorator.pattern.parameters.compactMap { placeholder in
            arguments.first { $0.placeholder == placeholder }.map { "\($0.parameter.metatype)" }
        }
        let isWaiting = function.isWaiting || arguments.contains(where: \.isExtraction)
        var lines = ["\(decorator.literal.trimmedDescription),", "methods: \(decorator.methods),", "name: \(name),"]
        if let owner = function.owner { lines.append("owner: \(owner).self,") }
        lines += ["file: \(file),", "line: \(line),"]
        if let answer = function.answer { lines.append("answer: \(answer).self,") }
        if !types.isEmpty { lines.append("types: \(types.joined(separator: ", ")),") }
        lines.append("\(isWaiting ? "waiting" : "direct"): { martletRequest, martletValues in")
        lines.append(
            "    try \(isWaiting ? "await " : "")MartletFramework::DecoratedRoute.answer(\(call), to: martletRequest)"
        )
        lines.append("}")
        return """
            \(raw: availability)@section("martlet_routes") @used
            private nonisolated \(raw: isStatic)let \(raw: uniqueName): MartletFramework::RouteRecord = (
                0x4D52_5431,
                2,
                {
                    unsafe MartletFramework::DecoratedRoute(
                        \(raw: lines.joined(separator: "\n            "))
                    ).write(to: $0)
                }
            )
            """
    }

    private var call: String {
        let values = arguments.map { argument in
            let value =
                switch argument.source {
                case .path(let placeholder):
                    "martletValues.require(\"\(placeholder.name)\", as: \(argument.parameter.metatype))"
                case .request: "MartletFramework::DecoratedRoute.request(martletRequest, martletValues)"
                case .extraction:
                    "MartletFramework::DecoratedRoute.extract(\(argument.parameter.metatype), martletRequest, martletValues)"
                }
            return argument.parameter.label + value
        }
        let owner = function.owner.map { "\($0)." } ?? ""
        return "\(owner)\(function.declaration.name.text)(\(values.joined(separator: ", ")))"
    }

    private var name: String {
        if let given = decorator.name { return ".given(\(given.trimmedDescription))" }
        let isFirst =
            Decorator.all(of: function.declaration).first?.trimmedDescription == decorator.node.trimmedDescription
        return isFirst ? ".function(\"\(function.name)\")" : ".none"
    }

    private var availability: String {
        function.declaration.attributes.compactMap { $0.as(AttributeSyntax.self) }
            .filter { $0.attributeName.trimmedDescription == "available" }
            .map { "\($0.trimmedDescription)\n" }.joined()
    }

    // MARK: - The builder of its URL

    /// A second decorator whose URL takes the same values would have the same builder.
    private var hasBuilder: Bool {
        let own = Set(decorator.pattern.parameters.map(\.name))
        for node in Decorator.all(of: function.declaration) {
            if node.trimmedDescription == decorator.node.trimmedDescription { return true }
            if let other = try? Decorator(node), Set(other.pattern.parameters.map(\.name)) == own { return false }
        }
        return true
    }

    private var builder: DeclSyntax {
        let parameters = arguments.filter { $0.placeholder != nil }
            .map { $0.parameter.node.with(\.trailingComma, nil).trimmedDescription }
        return """
            /// The path of this route: `\(raw: decorator.pattern.description)`.
            \(raw: availability)@_disfavoredOverload
            \(raw: modifiers)func \(raw: function.declaration.name.text)(\(raw: parameters.joined(separator: ", "))) -> MartletFramework::URLPath {
                MartletFramework::URLPath("\(raw: path)", of: \(raw: decorator.literal.trimmedDescription), file: \(raw: file), line: \(raw: line))
            }
            """
    }

    /// Those that say who may call it.
    private var modifiers: String {
        let access = function.declaration.modifiers.compactMap { modifier -> String? in
            switch modifier.name.text {
            case "open": "public "
            case "public", "package", "internal", "fileprivate", "private": "\(modifier.name.text) "
            default: nil
            }
        }
        return access.joined() + "nonisolated " + (function.owner == nil ? "" : "static ")
    }

    /// The pattern as a literal with interpolations.
    private var path: String {
        decorator.pattern.segments.map { segment in
            switch segment {
            case .text(let text): "/" + Self.encoded(text)
            case .parameter(let placeholder, let prefix, let suffix):
                "/" + Self.encoded(prefix) + interpolation(of: placeholder) + Self.encoded(suffix)
            }
        }.joined()
    }

    private func interpolation(of placeholder: RoutePattern.Parameter) -> String {
        let name = arguments.first { $0.placeholder == placeholder }?.parameter.name ?? placeholder.name
        return placeholder.converter == .path ? "\\(path: \(name))" : "\\(\(name))"
    }

    private static func encoded(_ text: [UInt8]) -> String {
        PercentEncoding.encode(text) { PercentEncoding.isUnreserved($0) }
    }
}

extension RouteParameter {
    /// Its type as a value.
    fileprivate var metatype: String {
        type.is(SomeOrAnyTypeSyntax.self) || type.is(CompositionTypeSyntax.self)
            ? "(\(typeName)).self" : "\(typeName).self"
    }
}
#endif
