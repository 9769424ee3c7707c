private import MartletBytes

/// Filters for addresses.
enum URLFilters {
    @Sendable static func urlEncode(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        if value.string != nil { return .string(quoted(value, isQuery: false)) }
        let pairs: [TemplateValue]
        if let mapping = value.mapping {
            pairs = mapping.items
        } else if let elements = try Iteration.elementsIfAny(of: value) {
            pairs = elements
        } else {
            return .string(quoted(value, isQuery: false))
        }
        return .string(
            try pairs.map { pair in
                let entry = try Iteration.unpacked(pair, into: 2)
                return quoted(entry[0], isQuery: true) + "=" + quoted(entry[1], isQuery: true)
            }.joined(separator: "&")
        )
    }

    private static func quoted(_ value: TemplateValue, isQuery: Bool) -> String {
        var bytes: [UInt8] = []
        for byte in ValueText.str(value).utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D, 0x7E: bytes.append(byte)
            case 0x2F where !isQuery: bytes.append(byte)
            case 0x20 where isQuery: bytes.append(UInt8(ascii: "+"))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                bytes.append(UInt8(ascii: "%"))
                if digits.utf8.count == 1 { bytes.append(UInt8(ascii: "0")) }
                bytes.append(contentsOf: digits.utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Sendable static func urlize(_ value: TemplateValue, _ arguments: TemplateArguments, _ engine: TemplateEngine)
        throws -> TemplateValue
    {
        try arguments.check(["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"])
        var rel = Set(try StringOperations.split(try arguments.optionalString(3, "rel") ?? "", nil))
        if arguments.bool(1, "nofollow") { rel.insert("nofollow") }
        rel.insert("noopener")
        let schemes = try arguments.value(4, "extra_schemes").map { try Iteration.elementsIfAny(of: $0) ?? [] } ?? []
        let links = LinkFinder(
            limit: try arguments.optionalInt(0, "trim_url_limit"),
            rel: rel.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: " "),
            target: try arguments.optionalString(2, "target"),
            schemes: schemes.compactMap(\.string)
        )
        return .safe(links.html(of: HTMLEscaping.escaped(value)))
    }
}
