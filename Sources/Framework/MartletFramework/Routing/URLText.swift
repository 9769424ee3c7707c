import MartletBytes

/// Percent-encoding for URLs that are built here.
enum URLText {
    /// Encodes every byte except unreserved ones, and except slashes if they are kept.
    static func encode(_ bytes: some Sequence<UInt8>, keepingSlash: Bool = false) -> String {
        PercentEncoding.encode(bytes) { PercentEncoding.isUnreserved($0) || (keepingSlash && $0 == UInt8(ascii: "/")) }
    }

    /// Makes a URL from a client safe to send back: what RFC 3986 allows is kept, including encoded bytes; everything
    /// else is encoded, including the backslash, which browsers read as a slash.
    static func escaping(_ bytes: some Sequence<UInt8>) -> String {
        let allowed = Set("!$&'()*+,;=:@/?%".utf8)
        return PercentEncoding.encode(bytes) { PercentEncoding.isUnreserved($0) || allowed.contains($0) }
    }

    /// A text as an entity tag, whose bytes are visible and no quotes (RFC 9110 section 8.8.3).
    static func entityTag(_ text: String) -> String {
        PercentEncoding.encode(text.utf8) { 0x21..<0x7F ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "%") }
    }
}
