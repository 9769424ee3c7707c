/// A message that is shown once, on the next page.
public struct Flash: Sendable, Hashable {
    public let text: String
    /// `message`, `error`, `warning`: for the style.
    public let category: String

    public init(_ text: String, category: String = "message") {
        self.text = text
        self.category = category
    }
}

extension Session {
    private static let flashKey = "_flashes"

    /// How many wait: a person who never looks at a page does not fill the session.
    private static let mostFlashes = 20

    /// Keeps a message for the next page that shows messages. Of more than 20, the oldest are forgotten.
    public mutating func flash(_ text: String, category: String = "message") {
        let flashes = self.flashes + [Flash(text, category: category)]
        store(flashes.suffix(Self.mostFlashes))
    }

    /// The messages that wait, in their order.
    public var flashes: [Flash] {
        (self[Self.flashKey, as: [[String]].self] ?? []).compactMap { pair in
            pair.count == 2 ? Flash(pair[1], category: pair[0]) : nil
        }
    }

    /// Takes the messages to show them.
    ///
    /// - Parameter categories: which; the others wait. Nil for all.
    public mutating func takeFlashes(_ categories: Set<String>? = nil) -> [Flash] {
        let all = flashes
        let isTaken = { (flash: Flash) in categories?.contains(flash.category) ?? true }
        store(all.filter { !isTaken($0) })
        return all.filter(isTaken)
    }

    private mutating func store(_ flashes: some Collection<Flash>) {
        self[Self.flashKey] = flashes.isEmpty ? nil : flashes.map { [$0.category, $0.text] }.sessionValue
    }
}
