/// Why a cookie is not set: a mistake of the application, of which browsers would say nothing and drop the cookie.
public enum CookieFault: Error, Sendable, Hashable {
    case name(String)
    case path(name: String, path: String)
    case domain(name: String, domain: String)
    /// The cookie has to be sent over https only, for the reason given.
    case needsSecure(name: String, because: String)
    case hostPrefix(name: String)
    case httpPrefix(name: String)
    case tooLong(name: String, count: Int)
}

extension CookieFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .name(let name):
            "\(QuotedText.of(name)) cannot be the name of a cookie: letters, digits and !#$%&'*+-.^_`|~ (RFC 6265 section "
                + "4.1.1)."
        case .path(let name, let path):
            "The path \(QuotedText.of(path)) of the cookie \(QuotedText.of(name)) does not begin with a slash, or has a "
                + "semicolon or a control character in it."
        case .domain(let name, let domain):
            "The domain \(QuotedText.of(domain)) of the cookie \(QuotedText.of(name)) is no host name: letters, digits, "
                + "hyphens and dots; others in their xn-- form."
        case .needsSecure(let name, let reason):
            "The cookie \(QuotedText.of(name)) must be secure, because \(reason). Remove `secure: false`."
        case .hostPrefix(let name):
            "The cookie \(QuotedText.of(name)) must have the path \"/\" and no domain, because its name begins with "
                + "__Host-. Browsers drop it otherwise."
        case .httpPrefix(let name):
            "The cookie \(QuotedText.of(name)) must be hidden from scripts, because its name begins with __Http- or "
                + "__Host-Http-. Remove `httpOnly: false`."
        case .tooLong(let name, let count):
            "The cookie \(QuotedText.of(name)) has \(count) bytes; browsers drop those of more than \(SetCookie.longest). "
                + "Keep the data on the server, and only its key in the cookie."
        }
    }
}
