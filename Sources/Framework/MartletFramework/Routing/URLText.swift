import MartletBytes

/// Percent-encoding for URLs that are built here.
enum URLText {
    /// Encodes every byte but the unreserved ones, and the slash where it is kept.
    static func encode(_ bytes: some Sequence<UInt8>, keepingSlash: Bool = false) -> String {
        PercentEncoding.encode(bytes) { PercentEncoding.isUnreserved($0) || (keepingSlash && $0 == UInt8(ascii: "/")) }
    }

    /// A URL that a client sent, fit to be sent back: what RFC 3986 allows stays, encoded bytes included; all else is encoded.
    /// A backslash, which browsers read as a slash, is among that.
    static func escaping(_ bytes: some Sequence<UInt8>) -> String {
        let allowed = Set("!$&'()*+,;=:@/?%".utf8)
        return PercentEncoding.encode(bytes) { PercentEncoding.isUnreserved($0) || allowed.contains($0) }
    }
}
