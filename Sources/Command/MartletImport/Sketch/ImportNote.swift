/// What is said of one line that is not in the new file as it was.
package struct ImportNote: Sendable, Equatable {
    package enum Kind: Sendable, Comparable {
        /// Martlet has nothing that does it, or it cannot be known what it does.
        case notTranslated
        /// It is in the new file, but not as it was.
        case changed
        /// What it switches on is how Martlet works, or it means nothing there.
        case notNeeded
    }

    package let kind: Kind
    package let line: Int
    /// As it was written.
    package let text: String
    package let reason: String

    package init(_ kind: Kind, line: Int, _ text: String, _ reason: String) {
        self.kind = kind
        self.line = line
        self.text = Self.short(text)
        self.reason = reason
    }

    private static let longest = 80

    /// On one line.
    private static func short(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(longest + 1).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
        guard scalars.count > longest else { return String(String.UnicodeScalarView(scalars)) }
        return String(String.UnicodeScalarView(scalars.dropLast())) + "…"
    }
}
