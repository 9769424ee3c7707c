internal import MartletBytes

extension SetCookie {
    /// In bytes, with the attributes. RFC 6265 section 6.1: what a browser has to store at least, and Chromium and Firefox store at most.
    public static let longest = 4096

    /// The value of the Set-Cookie field.
    ///
    /// - Parameter isSecure: whether the request came over https.
    /// - Throws: what browsers would drop the cookie for.
    public func fieldValue(isSecure: Bool) throws(CookieFault) -> String {
        guard !name.isEmpty, name.utf8.allSatisfy(FieldSyntax.isToken) else { throw .name(name) }
        let reason = reasonForSecure
        if let reason, secure == false { throw .needsSecure(name: name, because: reason) }
        if hasPrefix("__host-"), path != "/" || domain != nil { throw .hostPrefix(name: name) }
        if hasPrefix("__http-") || hasPrefix("__host-http-"), !httpOnly { throw .httpPrefix(name: name) }

        var text = Array(name.utf8) + [UInt8(ascii: "=")] + CookieQuoting.quoted(Array(value.utf8))
        // In Werkzeug's order.
        if let domain { text += "; Domain=\(try checked(domain: domain))".utf8 }
        if let expires { text += Array("; Expires=".utf8) + HTTPDate.render(expires) }
        if let maxAge { text += "; Max-Age=\(maxAge)".utf8 }
        if secure ?? (isSecure || reason != nil) { text += "; Secure".utf8 }
        if httpOnly { text += "; HttpOnly".utf8 }
        if let path { text += "; Path=\(try encoded(path: path))".utf8 }
        if let sameSite { text += "; SameSite=\(sameSite.rawValue)".utf8 }
        if partitioned { text += "; Partitioned".utf8 }
        guard text.count <= Self.longest else { throw .tooLong(name: name, count: text.count) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Why browsers drop it without Secure; nil if they do not.
    private var reasonForSecure: String? {
        if hasPrefix("__host-") { return "its name begins with __Host-" }
        if hasPrefix("__secure-") { return "its name begins with __Secure-" }
        if hasPrefix("__http-") { return "its name begins with __Http-" }
        if sameSite == SameSite.none { return "it has SameSite=None" }
        if partitioned { return "it is partitioned" }
        return nil
    }

    /// Browsers compare the prefixes without regard to case.
    private func hasPrefix(_ prefix: StaticString) -> Bool {
        ASCIICase.equals(name.utf8.prefix(prefix.utf8CodeUnitCount), prefix)
    }

    private func checked(domain: String) throws(CookieFault) -> String {
        // Browsers ignore a dot at the front.
        let bare = domain.hasPrefix(".") ? domain.dropFirst() : domain[...]
        let isName = bare.utf8.allSatisfy { byte in
            ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        guard !bare.isEmpty, isName else { throw .domain(name: name, domain: domain) }
        return String(bare)
    }

    /// What is not of a path is percent-encoded, as browsers have it in the path of the request.
    private func encoded(path: String) throws(CookieFault) -> String {
        let isPath = path.utf8.first == UInt8(ascii: "/") && !path.utf8.contains { ASCII.isControl($0) || $0 == 0x3B }
        guard isPath else { throw .path(name: name, path: path) }
        return PercentEncoding.encode(path.utf8) { byte in
            PercentEncoding.isUnreserved(byte) || "%!$&'()*+,/:=@".utf8.contains(byte)
        }
    }
}
