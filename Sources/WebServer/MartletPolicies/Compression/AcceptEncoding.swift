import MartletBytes

/// What a client says of content codings (RFC 9110 section 12.5.3).
///
/// 1. A coding that is not named has the weight of `*`; without one it is not acceptable, `identity` is.
/// 2. A weight that is malformed counts as 0, so that nothing is sent that the client may not read.
/// 3. Among codings of the same weight the order of ``ContentCoding`` decides; any of them comes before `identity`.
struct AcceptEncoding: Equatable {
    /// Weights in thousandths.
    private var weights: [ContentCoding: Int] = [:]
    private var identity: Int?
    private var others: Int?

    /// - Parameter value: nil if the client said nothing, and so gets no coding.
    init(_ value: String?) {
        guard let value else { return }
        for element in value.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            let name = FieldSyntax.trimmed(parts.first ?? element)
            let weight = parts.count > 1 ? Self.weight(parts[1]) : 1000
            if ASCIICase.equals(name, "*") {
                others = weight
            } else if ASCIICase.equals(name, "identity") {
                identity = weight
            } else if ASCIICase.equals(name, "x-gzip") {
                // RFC 9110 section 8.4.1.3: a name of old for the same.
                weights[.gzip] = max(weight, weights[.gzip] ?? 0)
            } else if let coding = ContentCoding.allCases.first(where: { ASCIICase.equals(name, $0.rawValue.utf8) }) {
                weights[coding] = weight
            }
        }
    }

    /// Whether the client refuses a body as it is.
    var refusesIdentity: Bool { (identity ?? (others == 0 ? 0 : 1)) == 0 }

    /// The best of what is offered; nil for a body as it is.
    func choice(of offered: [ContentCoding]) -> ContentCoding? {
        var best: (coding: ContentCoding, weight: Int)?
        for coding in offered {
            let weight = weights[coding] ?? others ?? 0
            if weight > best?.weight ?? 0 { best = (coding, weight) }
        }
        guard let best, best.weight >= identity ?? 0 else { return nil }
        return best.coding
    }

    /// `q=0.5`, with at most three decimals.
    private static func weight(_ parameter: Substring.UTF8View.SubSequence) -> Int {
        let text = FieldSyntax.trimmed(parameter)
        guard text.count >= 3, ASCIICase.lowercased(text.first ?? 0) == UInt8(ascii: "q"),
            text.dropFirst().first == UInt8(ascii: "=")
        else { return 0 }
        return QualityList.weight(text.dropFirst(2))
    }
}
