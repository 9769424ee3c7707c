/// How content may be compressed (RFC 9110 section 8.4.1, RFC 7932, RFC 8878), by its name in a field.
///
/// In the order of preference among those that a client likes equally: the smallest for the time it takes first.
package enum ContentCoding: String, Sendable, CaseIterable {
    case zstd
    case brotli = "br"
    case gzip
}
