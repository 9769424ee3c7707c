#if Decorators
import Foundation

/// A declaration with decorators and what is around it: lines `within enum Shop`, from the outermost on, then the declaration.
struct MacroCase {
    let surroundings: [String]
    let declaration: String

    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        surroundings = lines.prefix { $0.hasPrefix("within ") }.map { String($0.dropFirst("within ".count)) }
        declaration = lines.dropFirst(surroundings.count).joined(separator: "\n")
    }

    /// What the plugin makes of its decorators; or what is wrong, with what an editor would make of the declaration.
    func outcome() throws -> String {
        let decorators = declaration.matches(of: #/@(?<name>[A-Z]+)\((?:[^()]|\([^()]*\))*\)/#)
        let requests = decorators.map { match in
            ExpansionRequest(
                expandAttachedMacro: .init(
                    macro: .init(name: String(match.name)),
                    attributeSyntax: syntax(
                        "attribute",
                        String(match.output.0),
                        at: offset(of: match.range.lowerBound)
                    ),
                    declSyntax: syntax("declaration", declaration, at: 0),
                    lexicalContext: surroundings.reversed().map { syntax("declaration", "\($0) {}", at: 0) }
                )
            )
        }
        return try MacroPlugin.replies(to: requests).map(\.expandMacroResult).map { reply in
            reply.diagnostics.isEmpty
                ? reply.expandedSource ?? "" : reply.diagnostics.map(text).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    private func syntax(_ kind: String, _ source: String, at offset: Int) -> ExpansionRequest.Syntax {
        let place = place(of: offset)
        return .init(
            kind: kind,
            source: source,
            location: .init(offset: offset, line: place.line, column: place.column)
        )
    }

    private func text(of diagnostic: ExpansionReply.Diagnostic) -> String {
        let place = place(of: diagnostic.position.offset)
        let head = "\(place.line):\(place.column): \(diagnostic.message)"
        return ([head] + diagnostic.fixIts.map(text)).joined(separator: "\n")
    }

    private func text(of fixIt: ExpansionReply.FixIt) -> String {
        var bytes = Array(declaration.utf8)
        for change in fixIt.changes.sorted(by: { $0.range.startOffset > $1.range.startOffset }) {
            bytes.replaceSubrange(change.range.startOffset..<change.range.endOffset, with: change.newText.utf8)
        }
        let fixed = String(decoding: bytes, as: UTF8.self)
        return "    \(fixIt.message)\n"
            + fixed.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
    }

    private func offset(of index: String.Index) -> Int {
        declaration.utf8.distance(from: declaration.startIndex, to: index)
    }

    private func place(of offset: Int) -> (line: Int, column: Int) {
        let before = declaration.utf8.prefix(offset).split(
            separator: UInt8(ascii: "\n"),
            omittingEmptySubsequences: false
        )
        return (before.count, (before.last?.count ?? 0) + 1)
    }
}
#endif
