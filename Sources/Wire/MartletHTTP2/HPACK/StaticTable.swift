/// The static table of HPACK (RFC 7541 appendix A).
enum StaticTable {
    struct Entry: Sendable {
        let nameCount: Int
        let valueCount: Int
        /// The name, and the value behind it.
        let bytes: [UInt8]
        let kind: FieldKind

        init(_ name: String, _ value: String) {
            nameCount = name.utf8.count
            valueCount = value.utf8.count
            bytes = Array(name.utf8) + Array(value.utf8)
            kind = Array(name.utf8).withUnsafeBytes { FieldKind(name: $0) }
        }
    }

    /// Index 1 is the first.
    static let count = 61

    static let fields: [(name: String, value: String)] = [
        (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
        (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
        (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
        ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
        ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
        ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
        ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""),
        ("etag", ""), ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""),
        ("if-modified-since", ""), ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""),
        ("last-modified", ""), ("link", ""), ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""),
        ("proxy-authorization", ""), ("range", ""), ("referer", ""), ("refresh", ""), ("retry-after", ""),
        ("server", ""), ("set-cookie", ""), ("strict-transport-security", ""), ("transfer-encoding", ""),
        ("user-agent", ""), ("vary", ""), ("via", ""), ("www-authenticate", ""),
    ]

    /// The entry with index 0 does not exist; it is here so that the others have their own.
    static let entries: [Entry] = [Entry("", "")] + fields.map { Entry($0.name, $0.value) }

    private static let indexes: [[UInt8]: Int] = {
        var indexes: [[UInt8]: Int] = [:]
        for (place, field) in fields.enumerated() where indexes[Array(field.name.utf8)] == nil {
            indexes[Array(field.name.utf8)] = place + 1
        }
        return indexes
    }()

    /// The first index of a name; 0 where it has none.
    static func index(ofName name: [UInt8]) -> Int { indexes[name] ?? 0 }

    /// The index of the field `:status` with this value.
    @inline(__always)
    static func index(ofStatus status: Int) -> Int? {
        switch status {
        case 200: 8
        case 204: 9
        case 206: 10
        case 304: 11
        case 400: 12
        case 404: 13
        case 500: 14
        default: nil
        }
    }
}
