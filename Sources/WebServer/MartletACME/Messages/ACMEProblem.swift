/// What an authority has against a request (RFC 7807, RFC 8555 section 6.7).
struct ACMEProblem: Decodable, Equatable, CustomStringConvertible {
    var type: String?
    var detail: String?
    var status: Int?
    var subproblems: [ACMEProblem]?

    /// The word of the standard, such as `badNonce`.
    var kind: String? {
        let prefix = "urn:ietf:params:acme:error:"
        return type.flatMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
    }

    /// In one line and bounded, whatever the authority has written.
    var description: String {
        var texts = [detail ?? type ?? "it gives no reason"]
        texts += (subproblems ?? []).prefix(5).compactMap(\.detail)
        let line = texts.joined(separator: "; ").split(whereSeparator: \.isNewline).joined(separator: " ")
        let shown = String(
            String.UnicodeScalarView(
                line.unicodeScalars.prefix(500).filter { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
            )
        )
        return kind.map { "\(shown) (\($0))" } ?? shown
    }
}
