internal import MartletBytes

/// A name that a site answers to: `example.com`, or `*.example.org` for every name one label below `example.org`, as in
/// certificates (RFC 6125 section 6.4.3).
///
/// Names compare without regard to case; a dot at the end (the absolute form of DNS) and a port do not count.
package struct HostName: Sendable, Hashable, CustomStringConvertible {
    /// In lower case, without the asterisk and its dot.
    package let name: [UInt8]
    package let isWildcard: Bool

    /// The longest name of DNS (RFC 1035 section 2.3.4).
    private static let longest = 253

    package init(parsing text: String) throws(HostNameError) {
        var rest = text[...]
        isWildcard = rest.hasPrefix("*.")
        if isWildcard { rest = rest.dropFirst(2) }
        if rest.hasSuffix(".") { rest = rest.dropLast() }
        if let problem = Self.problem(with: rest) { throw HostNameError(text: text, problem: problem) }
        name = rest.utf8.map(ASCIICase.lowercased)
    }

    /// A name to look for among others, whatever it is made of.
    package init(lookingFor bytes: some Collection<UInt8>, isWildcard: Bool = false) {
        var name = bytes.map(ASCIICase.lowercased)
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        self.name = name
        self.isWildcard = isWildcard
    }

    private static func problem(with text: Substring) -> String? {
        if text.isEmpty { return "the name is missing" }
        if text.contains("://") { return "it is a name, not a URL: leave out what stands before and behind it" }
        if text.contains("*") { return "an asterisk stands alone for the first part, as in *.example.org" }
        if text.hasPrefix("[") || isIPv4(text) {
            return isIPv4(text) || text.hasSuffix("]") ? nil : "the bracket is not closed"
        }
        if text.contains(":") { return "a name has no port: the port is that of bind" }
        if text.utf8.contains(where: { $0 >= 0x80 }) {
            return "write a name with letters beyond a to z in its form for DNS, which begins with xn--"
        }
        if text.utf8.count > longest { return "a name has at most \(longest) characters" }
        for label in text.split(separator: ".", omittingEmptySubsequences: false) {
            if label.isEmpty { return "it has two dots in a row" }
            if label.utf8.count > 63 { return "'\(label)' has more than 63 characters" }
            guard label.utf8.allSatisfy(isAllowed) else { return "'\(label)' has a character that no name has" }
        }
        return nil
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    package var description: String { (isWildcard ? "*." : "") + String(decoding: name, as: UTF8.self) }

    /// Whether this is the name of a site for what stands in an authority.
    package func matches(_ bytes: some Collection<UInt8>) -> Bool {
        guard isWildcard else { return ASCIICase.equals(bytes, name) }
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return false }
        return ASCIICase.equals(bytes[bytes.index(after: dot)...], name)
    }

    /// The name in an authority: without its port, and without the dot at its end.
    package static func name(in authority: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var end = authority.count
        if authority.first == UInt8(ascii: "[") {
            if let close = authority.firstIndex(of: UInt8(ascii: "]")) { end = close + 1 }
        } else if let colon = authority.lastIndex(of: UInt8(ascii: ":")) {
            end = colon
        }
        if end > 1, authority[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: authority[..<end])
    }
}

/// A text that is not the name of a site.
package struct HostNameError: Error, Sendable, Equatable, CustomStringConvertible {
    package let text: String
    package let problem: String

    package init(text: String, problem: String) {
        self.text = text
        self.problem = problem
    }

    package var description: String { "\"\(text)\" is not a name of a site: \(problem)" }
}
