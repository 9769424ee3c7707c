import MartletBytes

/// Which answers are thrown away: those of a URL, or of all that begin like it.
package struct PurgePattern: Sendable, Equatable {
    private var scheme: [UInt8]?
    private var authority: [UInt8]?
    /// Path and query, as clients send them.
    private var target: [UInt8] = []
    private var isPrefix = false

    /// Of everything.
    package static let all = PurgePattern(isPrefix: true)

    private init(isPrefix: Bool) { self.isPrefix = isPrefix }

    /// Reads `https://example.com/path?query`, `example.com/path` for http and https, `/path` for all names; with an asterisk at its
    /// end all that begins so.
    ///
    /// - Throws: ``PolicyError``.
    package init(parsing text: String) throws(PolicyError) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw PolicyError(
                "'\(text)' is no URL: it is empty, or has a character in it that is percent-encoded in URLs, such as %20 for a blank"
            )
        }
        var rest = Array(text.utf8)[...]
        if rest.last == UInt8(ascii: "*") {
            isPrefix = true
            rest.removeLast()
        }
        if let mark = rest.firstRange(of: Array("://".utf8)), !rest[..<mark.lowerBound].contains(UInt8(ascii: "/")) {
            scheme = rest[..<mark.lowerBound].map(ASCIICase.lowercased)
            guard scheme == Array("http".utf8) || scheme == Array("https".utf8) else {
                throw PolicyError("'\(text)' is no URL of http or https")
            }
            rest = rest[mark.upperBound...]
        }
        let name = rest.prefix { $0 != UInt8(ascii: "/") }
        if !name.isEmpty { authority = name.map(ASCIICase.lowercased) }
        target = Array(rest[name.endIndex...])
        if target.isEmpty {
            // An asterisk in the name would look as if it stood for other names.
            guard !isPrefix else {
                throw PolicyError("'\(text)': an asterisk stands at the end of a path, as in \(text.dropLast())/*")
            }
            target = Array("/".utf8)
        }
    }

    /// - Parameter url: scheme, name in lower case, path and query.
    func matches(_ url: ArraySlice<UInt8>) -> Bool {
        guard let mark = url.firstRange(of: Array("://".utf8)) else { return false }
        let (own, rest) = (url[..<mark.lowerBound], url[mark.upperBound...])
        let name = rest.prefix { $0 != UInt8(ascii: "/") }
        let path = rest[name.endIndex...]
        return scheme?.elementsEqual(own) ?? true && authority?.elementsEqual(name) ?? true
            && (isPrefix ? path.starts(with: target) : path.elementsEqual(target))
    }
}
