import MartletBytes

/// Media types that are compressed: `application/json`, `text/*`, `*+json`.
package struct MediaTypePattern: Sendable, Hashable, CustomStringConvertible {
    private enum Form: Sendable, Hashable {
        case whole([UInt8])
        case begins([UInt8])
        case ends([UInt8])
    }

    private let form: Form
    package let description: String

    package init(parsing text: String) throws(PolicyError) {
        let lowercased = Array(text.utf8.map(ASCIICase.lowercased))
        let parts = lowercased.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        description = text.lowercased()
        if lowercased.starts(with: "*+".utf8), lowercased.dropFirst(2).allSatisfy(FieldSyntax.isToken),
            parts.count == 1,
            lowercased.count > 2
        {
            form = .ends(Array(lowercased.dropFirst()))
            return
        }
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(FieldSyntax.isToken) }),
            !parts[0].contains(UInt8(ascii: "*"))
        else { throw PolicyError("\"\(text)\" is no media type; write one like application/json, text/* or *+json") }
        form = parts[1].elementsEqual("*".utf8) ? .begins(parts[0] + [UInt8(ascii: "/")]) : .whole(lowercased)
    }

    /// - Parameter type: without its parameters.
    func matches(_ type: ArraySlice<UInt8>) -> Bool {
        switch form {
        case .whole(let wanted): ASCIICase.equals(type, wanted)
        case .begins(let wanted): ASCIICase.equals(type.prefix(wanted.count), wanted)
        case .ends(let wanted): ASCIICase.equals(type.suffix(wanted.count), wanted)
        }
    }

    /// What shrinks, as in Caddy's `encode` and nginx's advice for gzip_types. Images, films, archives and WOFF are
    /// compressed by themselves.
    package static let defaults: [MediaTypePattern] = [
        "text/*", "*+json", "*+xml", "*+text", "application/json", "application/javascript", "application/x-javascript",
        "application/xml", "application/x-ndjson", "application/wasm", "application/graphql-response+json",
        "application/rtf", "application/x-sh", "application/x-tar", "application/vnd.ms-fontobject", "font/ttf",
        "font/otf",
        "font/collection", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon",
    ].compactMap { try? MediaTypePattern(parsing: $0) }
}
