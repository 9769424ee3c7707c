internal import MartletBytes

/// The languages that a person reads: the Accept-Language field (RFC 9110 section 12.5.4, RFC 4647).
public struct AcceptedLanguages: Sendable, Hashable {
    private struct Range: Sendable, Hashable {
        /// In lower case: `de-at`, or `*`.
        let tag: String
        let quality: Int
    }

    /// The most liked first; of those that are liked as much, in the order they came.
    private let ranges: [Range]

    /// - Parameter field: the value of Accept-Language. Nil, and one in which nothing can be read, accept everything.
    public init(_ field: String?) {
        let read: [Range] = AcceptElement.all(field ?? "").compactMap { element in
            guard element.text.allSatisfy(Self.isTag) else { return nil }
            let tag = String(decoding: element.text.map(ASCIICase.lowercased), as: UTF8.self)
            return Range(tag: tag, quality: element.quality)
        }
        let sorted = read.enumerated().sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
        ranges = sorted.map(\.element)
    }

    /// The offered language that the person likes best. For each language that they name, in the order of their
    /// liking: the offer that is it, then one that is a kind of it (`en` is served `en-GB`: basic filtering), then one
    /// that it is a kind of (`de-AT` is served `de`: lookup).
    ///
    /// - Returns: nil if they read none of them. Most sites then serve their own language.
    public func best(of offers: [String]) -> String? {
        guard !ranges.isEmpty else { return offers.first }
        let readable = offers.map { (text: $0, tag: $0.lowercased()) }.filter { !isRefused($0.tag) }
        for range in ranges where range.quality > 0 {
            if range.tag == "*" {
                if let offer = readable.first { return offer.text }
                continue
            }
            if let offer = readable.first(where: { $0.tag == range.tag }) { return offer.text }
            if let offer = readable.first(where: { $0.tag.hasPrefix(range.tag + "-") }) { return offer.text }
            for tag in Self.shortened(range.tag) {
                if let offer = readable.first(where: { $0.tag == tag }) { return offer.text }
            }
        }
        return nil
    }

    /// How much the person likes a language, from 0 to 1000: as the longest range says it that it is in.
    public func quality(of offer: String) -> Int {
        ranges.isEmpty ? 1000 : range(of: offer.lowercased())?.quality ?? 0
    }

    /// Whether the range that names it best has no liking for it.
    private func isRefused(_ tag: String) -> Bool { range(of: tag)?.quality == 0 }

    private func range(of tag: String) -> Range? {
        var best: (range: Range, length: Int)?
        for range in ranges {
            let isIn = range.tag == "*" || tag == range.tag || tag.hasPrefix(range.tag + "-")
            let length = range.tag == "*" ? 0 : range.tag.utf8.count
            if isIn, length > best?.length ?? -1 { best = (range, length) }
        }
        return best?.range
    }

    /// A tag without its last part, and so on; a part of one letter goes with the one behind it (RFC 4647 section 3.4).
    private static func shortened(_ tag: String) -> [String] {
        var parts = tag.split(separator: "-").prefix(10)
        var tags: [String] = []
        while parts.count > 1 {
            parts.removeLast()
            if parts.count > 1, parts.last?.utf8.count == 1 { parts.removeLast() }
            tags.append(parts.joined(separator: "-"))
        }
        return tags
    }

    private static func isTag(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "*")
    }
}
