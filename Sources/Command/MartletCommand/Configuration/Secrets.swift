/// What was read from files, and from variables that are named like secrets: no message may show it.
struct Secrets: Sendable, Hashable {
    /// Whatever is shorter is no secret, and would be found in every text.
    private static let shortest = 4

    /// The longest first: one may be a part of another.
    private var texts: [String] = []

    mutating func add(_ text: String) {
        guard text.count >= Self.shortest, !texts.contains(text) else { return }
        texts.append(text)
        texts.sort { $0.count > $1.count }
    }

    mutating func add(_ others: Secrets) { for text in others.texts { add(text) } }

    /// A text without them.
    func masked(_ text: String) -> String {
        texts.reduce(text) { $0.contains($1) ? $0.replacing($1, with: "…") : $0 }
    }
}
