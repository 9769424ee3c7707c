#if Decorators
/// What the compiler says to a plugin, as far as it is about macros beside a declaration (`PluginMessage` of swift-syntax).
struct ExpansionRequest: Encodable {
    struct Macro: Encodable {
        let moduleName = "MartletMacros", typeName = "RouteMacro"
        let name: String
    }

    struct Syntax: Encodable {
        let kind: String
        let source: String
        let location: Location
    }

    struct Location: Encodable {
        let fileID = "Hello/App.swift", fileName = "/App.swift"
        let offset: Int
        let line: Int
        let column: Int
    }

    struct Content: Encodable {
        let macro: Macro
        let macroRole = "peer", discriminator = "$s5Hello"
        let attributeSyntax: Syntax
        let declSyntax: Syntax
        /// From the innermost on.
        let lexicalContext: [Syntax]
    }

    let expandAttachedMacro: Content
}

/// What the plugin answers.
struct ExpansionReply: Decodable {
    struct Position: Decodable { let offset: Int }

    struct Range: Decodable { let startOffset: Int, endOffset: Int }

    struct Change: Decodable {
        let range: Range
        let newText: String
    }

    struct FixIt: Decodable {
        let message: String
        let changes: [Change]
    }

    struct Diagnostic: Decodable {
        let message: String
        let position: Position
        let fixIts: [FixIt]
    }

    struct Content: Decodable {
        let expandedSource: String?
        let diagnostics: [Diagnostic]
    }

    let expandMacroResult: Content
}
#endif
