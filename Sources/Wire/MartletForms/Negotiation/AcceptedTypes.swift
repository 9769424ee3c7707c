/// The media types that a client accepts: the Accept field (RFC 9110 section 12.5.1).
///
///     let accepted = AcceptedTypes("text/html, application/json;q=0.9, */*;q=0.1")
///     accepted.best(of: ["application/json", "text/html"])    // text/html
public struct AcceptedTypes: Sendable, Hashable {
    private struct Range: Sendable, Hashable {
        let type: MediaType
        let quality: Int

        /// How well it names an offer; nil if the offer is not in it.
        func specificity(for offer: MediaType) -> Int? {
            if type.type == "*" { return type.subtype == "*" ? 0 : nil }
            guard type.type == offer.type else { return nil }
            if type.subtype == "*" { return 1 }
            guard type.subtype == offer.subtype else { return nil }
            let isNamed = type.parameters.allSatisfy { wanted in
                offer[wanted.name].map { $0.lowercased() == wanted.value.lowercased() } ?? false
            }
            return isNamed ? 2 + type.parameters.count : nil
        }
    }

    private let ranges: [Range]

    /// - Parameter field: the value of Accept. Nil, an empty one, and one in which nothing can be read accept everything.
    public init(_ field: String?) {
        ranges = AcceptElement.all(field ?? "").compactMap { element in
            // A client of Java's HttpURLConnection sends `*` for `*/*`.
            let text = element.text.elementsEqual("*".utf8) ? Array("*/*".utf8)[...] : element.text
            return MediaType(bytes: text).map { Range(type: $0, quality: element.quality) }
        }
    }

    /// How much the client likes a type, from 0 (not at all) to 1000: as the range says it that names it best.
    public func quality(of offer: MediaType) -> Int { ranges.isEmpty ? 1000 : match(offer)?.quality ?? 0 }

    /// The type that the client likes best; of several, the one that it has named best, and then the first.
    ///
    /// - Returns: nil if it accepts none of them: 406, or the first one nevertheless.
    public func best(of offers: [MediaType]) -> MediaType? {
        guard !ranges.isEmpty else { return offers.first }
        var best: (offer: MediaType, quality: Int, specificity: Int)?
        for offer in offers {
            guard let (quality, specificity) = match(offer), quality > 0 else { continue }
            if let best, (quality, specificity) <= (best.quality, best.specificity) { continue }
            best = (offer, quality, specificity)
        }
        return best?.offer
    }

    /// The same with types as texts. Those that are none are not offered.
    public func best(of offers: [String]) -> String? {
        let read = offers.compactMap { text in MediaType(text).map { (type: $0, text: text) } }
        let best: MediaType? = best(of: read.map(\.type))
        return read.first { $0.type == best }?.text
    }

    private func match(_ offer: MediaType) -> (quality: Int, specificity: Int)? {
        var best: (quality: Int, specificity: Int)?
        for range in ranges {
            guard let specificity = range.specificity(for: offer), specificity > best?.specificity ?? -1 else {
                continue
            }
            best = (range.quality, specificity)
        }
        return best
    }
}
