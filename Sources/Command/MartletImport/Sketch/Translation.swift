/// What a configuration of another server becomes.
package struct Translation: Sendable, Equatable {
    /// The text of a `martlet.toml`.
    package let text: String
    package let notes: [ImportNote]
    /// How the file is called that was read.
    package let source: String

    /// What was not translated and why, for a person.
    package var report: String {
        let groups: [(ImportNote.Kind, String)] = [
            (.notTranslated, "Not translated:"), (.changed, "Not as it was:"), (.notNeeded, "Not needed:"),
        ]
        var text = ""
        for (kind, title) in groups {
            let lines = notes.filter { $0.kind == kind }.sorted { $0.line < $1.line }
            guard !lines.isEmpty else { continue }
            text += "\(title)\n" + lines.map { "  \(source):\($0.line): \($0.text)\n      \($0.reason)\n" }.joined()
        }
        return text.isEmpty ? "Everything was translated.\n" : text
    }
}

/// The file cannot be read as what it is.
package struct ImportError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
