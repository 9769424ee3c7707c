internal import MartletBytes

/// Words that a client accepts, with a `*` for the others: the fields Accept-Charset and Accept-Encoding, which have the
/// same form (RFC 9110 sections 12.5.2 and 12.5.3).
public struct AcceptedTokens: Sendable, Hashable {
    private struct Word: Sendable, Hashable {
        let name: String
        let quality: Int
    }

    private let words: [Word]

    /// - Parameter field: the value. Nil, and one in which nothing can be read, accept everything.
    public init(_ field: String?) {
        words = AcceptElement.all(field ?? "").compactMap { element in
            guard element.text.allSatisfy(FieldSyntax.isToken) else { return nil }
            let name = String(decoding: element.text.map(ASCIICase.lowercased), as: UTF8.self)
            return Word(name: name, quality: element.quality)
        }
    }

    /// From 0 (not at all) to 1000. Of several words that are the same, the first counts.
    public func quality(of name: String) -> Int {
        guard !words.isEmpty else { return 1000 }
        let name = name.lowercased()
        let word = words.first { $0.name == name } ?? words.first { $0.name == "*" }
        return word?.quality ?? 0
    }

    /// The one that is liked best; of several, the first. Nil if none is accepted.
    public func best(of offers: [String]) -> String? {
        var best: (offer: String, quality: Int)?
        for offer in offers {
            let quality = quality(of: offer)
            if quality > best?.quality ?? 0 { best = (offer, quality) }
        }
        return best?.offer
    }
}
