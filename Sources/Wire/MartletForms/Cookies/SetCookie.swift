/// A cookie that a response sets (RFC 6265 section 4.1, and draft-ietf-httpbis-rfc6265bis for SameSite, prefixes and
/// Partitioned).
///
/// It is safe as it is: not readable by scripts, sent from other sites with links only, and over https only if the
/// request came over https.
///
///     SetCookie("theme", "dark", maxAge: 365 * 86_400)
public struct SetCookie: Sendable, Hashable {
    public enum SameSite: String, Sendable, Hashable, CaseIterable {
        case strict = "Strict"
        case lax = "Lax"
        /// Sent from other sites too; such cookies must be secure.
        case none = "None"
    }

    public var name: String
    /// Any text: characters that cookies cannot hold are written in quotes, as Python does it.
    public var value: String
    /// The folder of the pages that get it, below the root of the site.
    public var path: String?
    /// The domain whose hosts all get it; nil for this host only.
    public var domain: String?
    /// Seconds. Without it and ``expires``, the cookie ends with the browser.
    public var maxAge: Int?
    /// Seconds since 1970. Browsers prefer ``maxAge``.
    public var expires: Int?
    /// Whether it is sent over https only. Nil for what the request was, and for yes where browsers demand it.
    public var secure: Bool?
    /// Whether it is hidden from the scripts of the page.
    public var httpOnly: Bool
    public var sameSite: SameSite?
    /// Whether it is kept apart for each site that this one is embedded in (CHIPS).
    public var partitioned: Bool

    public init(
        _ name: String,
        _ value: String,
        path: String? = "/",
        domain: String? = nil,
        maxAge: Int? = nil,
        expires: Int? = nil,
        secure: Bool? = nil,
        httpOnly: Bool = true,
        sameSite: SameSite? = .lax,
        partitioned: Bool = false
    ) {
        self.name = name
        self.value = value
        self.path = path
        self.domain = domain
        self.maxAge = maxAge
        self.expires = expires
        self.secure = secure
        self.httpOnly = httpOnly
        self.sameSite = sameSite
        self.partitioned = partitioned
    }

    /// Removes a cookie. Name, path and domain have to be those that it was set with.
    public static func deleting(_ name: String, path: String? = "/", domain: String? = nil) -> SetCookie {
        SetCookie(name, "", path: path, domain: domain, maxAge: 0, expires: 0)
    }
}
