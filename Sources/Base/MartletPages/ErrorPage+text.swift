extension ErrorPage {
    /// The page for a terminal.
    package var text: String {
        var blocks: [String] = []
        let name = title.isEmpty ? "\(status)" : title
        if sections.isEmpty, kind == nil {
            blocks.append(message.isEmpty ? name : message)
        } else {
            blocks.append("\(status) \(title)")
            blocks.append(kind.map { "\($0): \(message)" } ?? message)
        }
        blocks += hints.map { "Hint: \($0)" }
        for section in sections {
            let parts = section.parts.map(Self.text)
            blocks.append(([section.title] + parts.map(Self.indented)).joined(separator: "\n"))
        }
        if !sections.isEmpty || status >= 500, !request.isEmpty { blocks.append("Request \(request)") }
        if !remark.isEmpty { blocks.append(remark) }
        return blocks.filter { !$0.isEmpty }.joined(separator: sections.isEmpty && hints.isEmpty ? "\n" : "\n\n") + "\n"
    }

    private static func text(_ part: Part) -> String {
        switch part {
        case .note(let text), .text(let text): text
        case .facts(let facts): TextTable.lines(facts.map { [$0.name, $0.value] }).joined(separator: "\n")
        case .table(let rows): TextTable.lines(rows).joined(separator: "\n")
        case .excerpt(let excerpt): "\(excerpt.place)\n\(excerpt.text)"
        case .frames(let frames):
            frames.map { "\($0.excerpt.place) in \($0.function)\n\($0.excerpt.text)" }.joined(separator: "\n")
        }
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
            .joined(separator: "\n")
    }
}
