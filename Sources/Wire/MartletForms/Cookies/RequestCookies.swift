internal import MartletBytes

/// The Cookie field of a request (RFC 6265 section 5.4).
///
/// Clients send what any page of the domain has set, by any rule: what cannot be read is left out, and nothing is
/// refused, for a request that is refused because of its cookies stays refused until the person clears them.
package enum RequestCookies {
    /// The cookies in the order they came: of two with the same name, the first has the longer path.
    ///
    /// A value ends at the next semicolon, in quotes too, as for browsers: otherwise a page that may set one cookie could
    /// take others into its value. Quotes around it are removed, and the escapes within, which Python's servers write.
    package static func read(_ field: some Collection<UInt8>) -> MultiValues {
        var values = MultiValues()
        for piece in field.split(separator: UInt8(ascii: ";")) {
            let piece = FieldSyntax.trimmed(Array(piece))
            let mark = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
            let name = FieldSyntax.trimmed(piece[..<mark])
            guard !name.isEmpty, name.allSatisfy(isName) else { continue }
            let value = CookieQuoting.unquoted(FieldSyntax.trimmed(piece[mark...].dropFirst()))
            values.append(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
        return values
    }

    /// Whatever a browser lets pass that is one word. New cookies have tokens for names.
    private static func isName(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "\"")
    }
}
