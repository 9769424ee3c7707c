internal import MartletBytes

/// Scheme, host and port (RFC 6454 section 6.2). A page without an origin sends `null`, which is none.
struct Origin {
    /// In lower case, without the port if it is that of the scheme.
    let text: String
    private let host: String
    private let usualPort: String

    init?(_ text: String) {
        let text = text.lowercased()
        let usualPort: String
        let authority: Substring
        if text.hasPrefix("https://") {
            (usualPort, authority) = (":443", text.dropFirst(8))
        } else if text.hasPrefix("http://") {
            (usualPort, authority) = (":80", text.dropFirst(7))
        } else {
            return nil
        }
        let isAuthority = authority.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && !"/?#@,\\\"".utf8.contains(byte)
        }
        guard !authority.isEmpty, authority.utf8.first != UInt8(ascii: ":"), isAuthority else { return nil }
        self.usualPort = usualPort
        host = Self.without(usualPort, authority)
        self.text = (usualPort == ":443" ? "https://" : "http://") + host
    }

    /// Whether it is the origin of the site that a Host field names. The field does not say the scheme: where that
    /// differs, as behind a proxy with TLS, the host counts.
    func isHost(_ field: String) -> Bool { Self.without(usualPort, field.lowercased()[...]) == host }

    private static func without(_ port: String, _ authority: Substring) -> String {
        authority.hasSuffix(port) ? String(authority.dropLast(port.count)) : String(authority)
    }
}
