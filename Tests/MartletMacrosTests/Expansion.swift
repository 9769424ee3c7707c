#if Decorators
import SwiftDiagnostics
import SwiftParser
import SwiftSyntax
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros

@testable import MartletMacros

/// What the decorators in a source become, as the compiler would have it.
struct Expansion {
    private static let macros = Dictionary(
        uniqueKeysWithValues: ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ROUTE"].map {
            ($0, RouteMacro.self as any Macro.Type)
        }
    )

    /// The source with its expansions; or what is wrong, each with its place and what an editor would make of the source.
    let text: String

    init(of source: String) {
        let file = Parser.parse(source: source)
        let context = BasicMacroExpansionContext(
            sourceFiles: [file: .init(moduleName: "Hello", fullFilePath: "Hello/App.swift")]
        )
        let expanded = file.expand(macros: Self.macros) {
            BasicMacroExpansionContext(sharingWith: context, lexicalContext: $0.allMacroLexicalContexts())
        }
        guard !context.diagnostics.isEmpty else {
            text = expanded.description
            return
        }
        text = context.diagnostics.map { Self.text(of: $0, in: source, context) }.joined(separator: "\n")
    }

    private static func text(of diagnostic: Diagnostic, in source: String, _ context: BasicMacroExpansionContext)
        -> String
    {
        let place = context.location(for: diagnostic.position, anchoredAt: diagnostic.node, fileName: "App.swift")
        let head = "\(place.line):\(place.column): \(diagnostic.message)"
        return ([head] + diagnostic.fixIts.map { text(of: $0, in: source) }).joined(separator: "\n")
    }

    private static func text(of fixIt: FixIt, in source: String) -> String {
        var fixed = source
        for case .replace(let old, let new) in fixIt.changes {
            if let place = fixed.firstRange(of: old.description) { fixed.replaceSubrange(place, with: new.description) }
        }
        return "    \(fixIt.message.message)\n"
            + fixed.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
    }
}

#endif
